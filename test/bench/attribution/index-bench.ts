/** Building an index, and adding to it. */

import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { type Address, toHeight, ZERO_ADDRESS } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { ITEM_TOKENS_MAX, Q8 } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { percentile } from '../percentile.ts';
import { type Contribution, Sample } from './corpus.ts';
import type { Engine, Contribution as Indexed } from './engine.ts';
import { editor } from './outputs.ts';
import { type Spent, spentOn, total } from './spent.ts';

/** All is of one Datanet, accepted in the order of contribution id. */
export const DATANET = 0;

/**
 * Returns who brought a contribution: one of so many owners, in turn; undefined for 0. All have committed before anybody
 * revealed, so that whatever two of them hold is nobody's, and is searched for as far as rule 4 ever asks.
 */
const broughtBy = (contribution: ContributionId, owners: number): Brought | undefined => {
  if (owners === 0) return undefined;
  const owner = ZERO_ADDRESS.slice() as Address;
  new DataView(owner.buffer).setUint32(0, 1 + (contribution % owners));
  return { owner, commit: toHeight(1n), reveal: toHeight(2n) };
};

const contributionOf = (
  contribution: ContributionId,
  items: readonly Uint8Array[],
  owners: number,
): Indexed => ({
  contribution,
  datanet: DATANET,
  index: contribution,
  brought: broughtBy(contribution, owners),
  // All of it is declared to be new, which costs most.
  novelRuns: items.map((_, item) => ({ item, start: 0, end: ITEM_TOKENS_MAX })),
  items,
});

const MEGA = 1e6;

export type Built = {
  readonly bytes: number;
  readonly contributions: number;
  readonly spent: Spent;
  readonly sample: Sample;
  /** The number of owners. */
  readonly owners: number;
};

/**
 * Builds the index of a corpus, which is taken from its source a batch at a time. Only what the engine does counts, from
 * the bytes of a text on; not the making, reading or parsing of texts.
 */
export const build = async (
  engine: Engine,
  corpus: Iterable<Contribution>,
  {
    batchBytes,
    seed,
    owners,
    onProgress,
  }: {
    readonly batchBytes: number;
    readonly seed: number;
    readonly owners: number;
    readonly onProgress: (bytes: number) => void;
  },
): Promise<Built> => {
  const sample = new Sample(seed);
  const spent: Spent[] = [];
  let bytes = 0;
  let contributions = 0;
  let batch: Indexed[] = [];
  let batchBytesSoFar = 0;
  const flush = async (): Promise<void> => {
    const added = batch;
    spent.push(await spentOn(() => engine.add(added)));
    bytes += batchBytesSoFar;
    batch = [];
    batchBytesSoFar = 0;
    onProgress(bytes);
  };
  for (const texts of corpus) {
    const items = texts.map((text) => utf8(text));
    for (const text of texts) sample.pass(text);
    for (const item of items) batchBytesSoFar += item.length;
    batch.push(contributionOf(contributions, items, owners));
    contributions += 1;
    if (batchBytesSoFar >= batchBytes) await flush();
  }
  await flush();
  spent.push(await spentOn(() => engine.seal()));
  return { bytes, contributions, spent: total(spent), sample, owners };
};

const ROUNDS = 7;

export type Added = { readonly addedMB: number; readonly addMs: number; readonly addCpuMs: number };

/** A megabyte more, several times; and what was added is there. @throws CodedError `BENCH_ADDED_LOST` */
export const addMore = async (
  engine: Engine,
  { sample, contributions, owners }: Built,
  rules: TraceRules,
  seed: number,
): Promise<Added> => {
  const next = editor(randomFrom(seed), sample);
  const spent: Spent[] = [];
  let contribution = contributions;
  let bytes = 0;
  let last = '';
  for (let round = 0; round < ROUNDS; round++) {
    const batch: Indexed[] = [];
    for (let size = 0; size < MEGA; contribution++) {
      last = `${next()}\n`;
      const item = utf8(last);
      size += item.length;
      bytes += item.length;
      batch.push(contributionOf(contribution, [item], owners));
    }
    spent.push(
      await spentOn(async () => {
        await engine.add(batch);
        await engine.seal();
      }),
    );
  }
  await expectHeld(engine, last, rules);
  return {
    addedMB: bytes / ROUNDS / MEGA,
    addMs: percentile(
      spent.map(({ ms }) => ms),
      0.5,
    ),
    addCpuMs: percentile(
      spent.map(({ cpuMs }) => cpuMs),
      0.5,
    ),
  };
};

/** A text that is a whole item, and long and rare enough to be a match, belongs to one owner or to several, to its last word. */
const expectHeld = async (engine: Engine, output: string, rules: TraceRules): Promise<void> => {
  const { count } = unwrap(rulesOf(rules.version).tokenizeText(output));
  const { attribution } = await engine.trace({ output, prompt: '' }, rules, new Set());
  const isMatch =
    count >= rules.matchTokensMin &&
    count <= rules.matchTokensMax &&
    attribution.total >= Q8 * rules.matchBitsMin;
  if (isMatch && attribution.covered + attribution.shared < attribution.total)
    throw new CodedError(fault('BENCH_ADDED_LOST', 'what was added last is not wholly found'));
};
