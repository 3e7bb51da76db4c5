/** Logs who has equivocated: once for each validator and height, because it can sign without end. */
import type { Logger } from '../../src/lib/log.ts';
import type { Core } from '../core.ts';
import type { Evidence } from '../effects.ts';
import { proposerIndex } from '../proposer.ts';

export class Equivocations {
  readonly #logged = new Set<number>();

  /** Notes that a height begins. */
  begun(): void {
    this.#logged.clear();
  }

  /** @returns the index of the validator */
  note({ type, first }: Evidence, { validators }: Core, logger: Logger): number {
    const validator =
      type === 'votes' ? first.validator : proposerIndex(validators, first.height, first.round);
    if (!this.#logged.has(validator))
      logger.warn({ validator, round: first.round, type }, 'a validator has equivocated');
    this.#logged.add(validator);
    return validator;
  }
}
