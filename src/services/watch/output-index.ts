/**
 * Finds the first output that holds some words, also when texts of outputs arrive late. An index answers with what was
 * appended first, so each holds outputs in the order of their blocks. What arrives late comes after later outputs: it goes
 * into an index of its own. That is joined with those that are not much larger, so there are few, and each text is
 * indexed again a logarithmic number of times.
 */
import type { Salted } from '../../../state/attribution/commitment.ts';
import { CorpusIndex } from '../../attribution/corpus-index.ts';
import type { KnownOutputs } from '../../attribution/prover/contribution-prover.ts';
import type { Height, Root } from '../../lib/brands.ts';
import { equal } from '../../lib/bytes.ts';
import { invariant } from '../../lib/errors.ts';

/** An output, and the height of the block that holds its receipt. */
export type Output = { readonly batch: Root; readonly index: number; readonly height: Height };

export type OutputText = { readonly output: Output; readonly text: Salted };

type Part = { readonly index: CorpusIndex; readonly outputs: OutputText[] };

const append = ({ index, outputs }: Part, each: OutputText): void => {
  index.append(outputs.length, 0, each.text.tokens);
  outputs.push(each);
};

const lengthOf = (outputs: readonly OutputText[]): number =>
  outputs.reduce((sum, { text }) => sum + text.tokens.count, 0);

const knownIn = ({ index, outputs }: Part): KnownOutputs => ({
  index,
  output: (n) => {
    const found = outputs[n];
    invariant(found !== undefined, 'a run that is found comes from an output that was indexed');
    return found.output;
  },
});

export class OutputIndex {
  readonly #gram: number;
  readonly #inOrder: Part;
  /** Each is less than half as long as the one before. */
  #late: readonly Part[] = [];

  /** @param gram - the length of the shortest run that is searched for */
  constructor(gram: number) {
    this.#gram = gram;
    this.#inOrder = this.#part([]);
  }

  #part(outputs: readonly OutputText[]): Part {
    const part: Part = { index: new CorpusIndex(this.#gram), outputs: [] };
    for (const each of outputs) append(part, each);
    return part;
  }

  get #parts(): readonly Part[] {
    return [this.#inOrder, ...this.#late];
  }

  /** The number of tokens, separators included. */
  get length(): number {
    return this.#parts.reduce((sum, { index }) => sum + index.length, 0);
  }

  /** Appends an output of the same block as the last one that was appended, or of a later block. */
  append(output: OutputText): void {
    append(this.#inOrder, output);
  }

  /** Adds outputs of any blocks. */
  addLate(arrived: readonly OutputText[]): void {
    let joined = arrived;
    let rest = this.#late;
    for (
      let last = rest.at(-1);
      last !== undefined && lengthOf(last.outputs) <= 2 * lengthOf(joined);
      last = rest.at(-1)
    ) {
      joined = [...last.outputs, ...joined];
      rest = rest.slice(0, -1);
    }
    const ordered = joined.toSorted((a, b) => Number(a.output.height - b.output.height));
    this.#late = [...rest, this.#part(ordered)];
  }

  known(): readonly KnownOutputs[] {
    return this.#parts.map(knownIn);
  }

  /** Returns the text of an output; undefined if it is not indexed. */
  text(batch: Root, index: number): Salted | undefined {
    const isIt = ({ output }: OutputText): boolean => output.index === index && equal(output.batch, batch);
    return this.#parts.flatMap(({ outputs }) => outputs.find(isIt) ?? [])[0]?.text;
  }
}
