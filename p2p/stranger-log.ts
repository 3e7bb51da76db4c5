/**
 * Logs what strangers do, at a pace. A name costs a stranger nothing, so a line for each thing that each of them does would
 * fill a disk. In each half minute the first lines of every kind are logged, and the rest are counted. Lines about peers of
 * the config are always logged.
 */
import type { Logger } from '../src/lib/log.ts';
import type { PeerName } from './types.ts';

const REPORT_EVERY_MS = 30_000;
/** Lines of one kind between two reports. */
const LINES_MAX = 8;

export type StrangerLogOptions = {
  readonly isConfigured: (peer: PeerName) => boolean;
  readonly logger: Logger;
};

export class StrangerLog {
  readonly #options: StrangerLogOptions;
  /** The lines since the last report, by their message. */
  readonly #lines = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StrangerLogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @param message - one of a few texts, because it is the kind of the line; what differs belongs into the fields */
  write(level: 'info' | 'warn', peer: PeerName, fields: object, message: string): void {
    const { isConfigured, logger } = this.#options;
    const isPaced = !isConfigured(peer);
    const lines = isPaced ? (this.#lines.get(message) ?? 0) + 1 : 0;
    if (isPaced) this.#lines.set(message, lines);
    logger[lines > LINES_MAX ? 'debug' : level]({ peer, ...fields }, message);
  }

  /** Logs how many lines of each kind were left out since the last report. */
  report(): void {
    for (const [message, lines] of this.#lines)
      if (lines > LINES_MAX)
        this.#options.logger.warn(
          { line: message, more: lines - LINES_MAX },
          'lines about unknown peers were left out',
        );
    this.#lines.clear();
  }
}
