/**
 * Gives the texts of revealed parts to the node, and writes down which it has. A text that no node takes is tried again
 * for as long as the refusal passes by itself. It never keeps other parts from being revealed: their windows close.
 */
import { isForLater, refusalOf } from '../client/refusals.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { isUnread, type Parts } from './parts.ts';
import { uploadContent } from './prepared.ts';

const UPLOAD = 'upload/';

export class Uploading {
  readonly #parts: Parts;
  /** Why the node does not take a text, by its part: somebody has to change something. */
  readonly #refused = new Map<number, Fault>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether a text is still to be uploaded, and may be taken. */
  isOpen(): boolean {
    return this.#parts.all.some((part, at) => isUnread(part) && !this.#refused.has(at));
  }

  /** Uploads what is revealed and due. The reveals of these parts are in blocks. @param most - the most texts */
  async uploadDue(most: number): Promise<void> {
    let tried = 0;
    for (const [at, part] of this.#parts.all.entries()) {
      if (tried >= most) break;
      const key = `${UPLOAD}${at}`;
      this.#parts.task.signal.throwIfAborted();
      if (!isUnread(part) || this.#refused.has(at) || !this.#parts.patience.isDue(key)) continue;
      tried += 1;
      await this.#upload(at, key);
    }
  }

  /** @throws CodedError why the node does not take a text. It is uploaded when the contribution is gone on with. */
  check(): void {
    const [first] = this.#refused;
    if (first === undefined) return;
    const [at, { code, message, data }] = first;
    const { contribution } = this.#parts.all[at] ?? {};
    throw new CodedError({
      code,
      message: `${message}; contribution ${contribution} is revealed, and nobody can accept it before its text is uploaded: contribute the same rows again to go on with that, with another node if need be`,
      ...(data === undefined ? {} : { data }),
    });
  }

  async #upload(at: number, key: string): Promise<void> {
    const { client, journal, progress } = this.#parts.task;
    const { contribution } = this.#parts.all[at] ?? {};
    progress(`uploading the text of contribution ${contribution}`);
    try {
      // One try at a time: reveals of other parts may be due. The node keeps what it has already.
      await uploadContent(client, this.#parts.prepare(at));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#failed(at, key, error.fault);
      return;
    }
    this.#parts.patience.taken(key);
    this.#parts.change(at, { uploaded: true });
    journal.save();
  }

  #failed(at: number, key: string, fault: Fault): void {
    const { contribution } = this.#parts.all[at] ?? {};
    // A code of a later node says nothing about whether it passes.
    if (isForLater(fault) || refusalOf(fault) === undefined)
      this.#parts.wait(key, `the text of contribution ${contribution} is not uploaded yet`, fault);
    else this.#refused.set(at, fault);
  }
}
