/**
 * The outputs whose texts had not arrived when they were needed. Each is looked for again from time to time, and let go
 * after some time: so a text that never comes costs a bounded number of requests, and the memory of its place.
 */
import Type, { type Static } from 'typebox';
import type { Salted } from '../../../state/attribution/commitment.ts';
import { RULES_DEFAULT, RULES_VERSIONS, type RulesVersion } from '../../../state/attribution/rules.ts';
import { type Height, type Root, toHeight } from '../../lib/brands.ts';
import { fromHex, toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import type { DatanetId } from '../../lib/ids.ts';
import { ofRules, type TextCache } from '../corpus/text-cache.ts';
import { AGAIN_BLOCKS, LATE_BLOCKS } from './late-texts.ts';
import type { Output } from './output-index.ts';

const Awaited = Type.Object({
  /** The Datanet for which it counts. */
  datanet: Type.Integer(),
  batch: Type.String(),
  index: Type.Integer(),
  /** The height of the block with its receipt. */
  height: Type.String(),
  /** The root of the texts of its receipt, and the version of the rules of its model. */
  root: Type.String(),
  rules: Type.Integer(),
  /** The number of tokens that its receipt says. */
  tokens: Type.Integer(),
  /** The height at which it was missed. */
  since: Type.String(),
});
type Awaited = Static<typeof Awaited>;

export const AwaitedMemory = Type.Array(Awaited);
type Memory = Static<typeof AwaitedMemory>;

/** The most outputs that are awaited. Past it, the one that was looked for least recently is let go. */
const AWAITED_MAX = 4_096;
/** The most outputs that are looked for at once. */
const LOOKS_MAX = 64;

/** They share the places for requests. */
const OWNER = 'outputs';

/** An output for a Datanet. `tokens` is the length that its receipt says. */
export type Missed = {
  readonly datanet: DatanetId;
  readonly output: Output;
  readonly root: Root;
  readonly rules: RulesVersion;
  readonly tokens: number;
};

export type Arrived = Missed & { readonly text: Salted };

const rootOf = (hex: string): Root => unwrap(fromHex(hex, 32)) as Root;

const missedOf = ({ datanet, batch, index, height, root, rules, tokens }: Awaited): Missed => ({
  datanet,
  output: { batch: rootOf(batch), index, height: toHeight(BigInt(height)) },
  root: rootOf(root),
  rules: RULES_VERSIONS.find((version) => version === rules) ?? RULES_DEFAULT,
  tokens,
});

const nameOf = ({ datanet, output: { batch, index } }: Pick<Missed, 'datanet' | 'output'>): string =>
  `${datanet}/${toHex(batch)}/${index}`;

export class AwaitedOutputs {
  readonly #textCache: TextCache;
  /** By name, in the order in which they are due. */
  readonly #awaited = new Map<string, { readonly each: Awaited; readonly at: bigint }>();

  constructor(textCache: TextCache, memory: Memory = []) {
    this.#textCache = textCache;
    for (const each of memory) this.#awaited.set(nameOf(missedOf(each)), { each, at: 0n });
  }

  memory(): Memory {
    return [...this.#awaited.values()].map(({ each }) => each);
  }

  get size(): number {
    return this.#awaited.size;
  }

  miss(missed: Missed, height: Height): void {
    const name = nameOf(missed);
    if (this.#awaited.has(name)) return;
    const { datanet, output, root, rules, tokens } = missed;
    const each = {
      datanet,
      batch: toHex(output.batch),
      index: output.index,
      height: output.height.toString(),
      root: toHex(root),
      rules,
      tokens,
      since: height.toString(),
    };
    this.#awaited.set(name, { each, at: height + AGAIN_BLOCKS });
    const [oldest] = this.#awaited.keys();
    if (this.#awaited.size > AWAITED_MAX && oldest !== undefined) this.#awaited.delete(oldest);
  }

  /**
   * Looks for some of those that are due. Returns those that have arrived, which stay until they are {@link forget}, and the
   * number of those that were let go because their time is over.
   * @throws CodedError if the node is away
   */
  async look(height: Height): Promise<{ readonly arrived: readonly Arrived[]; readonly letGo: number }> {
    const due = [...this.#awaited].slice(0, LOOKS_MAX).filter(([, { at }]) => at <= height);
    if (due.length === 0) return { arrived: [], letGo: 0 };
    const roots = due.map(([, { each }]) => rootOf(each.root));
    const found = await this.#textCache.inferences(roots, 'usual', OWNER);
    const arrived: Arrived[] = [];
    let letGo = 0;
    for (const [i, [name, { each }]] of due.entries()) {
      const missed = missedOf(each);
      const text = ofRules(found[i], missed.rules)?.output;
      if (text !== undefined) {
        arrived.push({ ...missed, text });
        continue;
      }
      // Texts that were cut into tokens by other rules are here, and count as missing.
      if (found[i] === undefined && this.#textCache.isPending(missed.root)) continue;
      this.#awaited.delete(name);
      if (height >= BigInt(each.since) + LATE_BLOCKS) letGo += 1;
      else this.#awaited.set(name, { each, at: height + AGAIN_BLOCKS });
    }
    return { arrived, letGo };
  }

  forget(arrived: Arrived): void {
    this.#awaited.delete(nameOf(arrived));
  }
}
