/**
 * The brute-force oracle of calibration, written from the rules (docs/calibration.md#the-rules,
 * docs/attribution.md#rules) alone: every position is compared with every other. It shares nothing with the code it judges.
 */

import { createHash } from 'node:crypto';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { type OracleVersion, oracleEcho, oracleInformation } from './oracle.ts';

export type OracleItem = { readonly tokens: readonly string[]; readonly promptTokens: number };

export type OracleContribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly commons: boolean;
  /** Who brought it, and the heights of the blocks with its commit and its reveal; without meaning for a commons. */
  readonly owner: string;
  readonly commit: number;
  readonly reveal: number;
  readonly items: readonly OracleItem[];
};

export type OracleDraw = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly position: number;
};

export type OracleStep = {
  readonly bits: number;
  /** How much of all draws counts as covered, and how much there is: by version 2 in millionths of a draw. */
  readonly covered: number;
  /** What would count as covered if accounts could count for all of it. */
  readonly unbounded: number;
  readonly total: number;
  /** By draw: Σ info of what somebody owns. */
  readonly coveredBy: readonly number[];
  /** By draw: Σ info of what is nobody's, because several brought it. */
  readonly sharedBy: readonly number[];
};

export type OracleCalibration = {
  readonly drawable: number;
  readonly draws: readonly OracleDraw[];
  readonly steps: readonly OracleStep[];
  /** The bits of the step that meets the bar; undefined if none does. */
  readonly met: number | undefined;
  readonly matchBits: number | undefined;
  readonly controlBps: number | undefined;
};

const STEPS = [96, 128, 160, 192, 256, 320, 384];
const AFTER = [...STEPS.slice(1), 512];

/** The most tokens of a run that several brought, where it is drawn. */
const SHARED_MAX = 64;

type Placed = OracleItem & {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly item: number;
  readonly commons: boolean;
  readonly owner: string;
  readonly commit: number;
  readonly reveal: number;
  readonly copied: readonly boolean[];
};

const sameRun = (a: readonly string[], i: number, b: readonly string[], j: number): number => {
  let n = 0;
  while (i + n < a.length && j + n < b.length && a[i + n] === b[j + n]) n += 1;
  return n;
};

/** Rule 1. */
const copiedIn = (tokens: readonly string[], earlier: readonly OracleItem[], copyMin: number): boolean[] => {
  const copied = tokens.map(() => false);
  for (const other of earlier)
    for (let i = 0; i < tokens.length; i++)
      for (let j = 0; j < other.tokens.length; j++) {
        const run = sameRun(tokens, i, other.tokens, j);
        if (run >= copyMin) copied.fill(true, i, i + run);
      }
  return copied;
};

const place = (contributions: readonly OracleContribution[], copyMin: number): readonly Placed[] => {
  const placed: Placed[] = [];
  for (const { contribution, datanet, commons, owner, commit, reveal, items } of [...contributions].sort(
    (a, b) => a.contribution - b.contribution,
  ))
    items.forEach((each, item) => {
      const earlier = placed.filter((other) => other.datanet === datanet);
      const copied = copiedIn(each.tokens, earlier, copyMin);
      placed.push({
        ...each,
        contribution,
        datanet,
        item,
        commons,
        owner,
        commit,
        reveal,
        copied: commons ? copied.map(() => false) : copied,
      });
    });
  return placed;
};

/** Rule 2, the draw. Acceptance is in the order of contribution id here. */
const drawFrom = (
  placed: readonly Placed[],
  seed: Uint8Array,
  count: number,
): { readonly drawable: number; readonly draws: readonly (OracleDraw & { readonly own: Placed })[] } => {
  const all = [...placed]
    .filter(({ commons }) => !commons)
    .sort((a, b) => a.datanet - b.datanet || a.contribution - b.contribution || a.item - b.item)
    .flatMap((own) =>
      own.tokens.flatMap((_, position) =>
        position < own.promptTokens || own.copied[position]
          ? []
          : [{ contribution: own.contribution, item: own.item, position, own }],
      ),
    );
  const draws = Array.from({ length: all.length === 0 ? 0 : count }, (_, k) => {
    const digest = createHash('sha256')
      .update(seed)
      .update(Buffer.from([k & 0xff, (k >> 8) & 0xff, 0, 0]))
      .digest('hex');
    const drawn = all[Number(BigInt(`0x${digest}`) % BigInt(all.length))];
    if (drawn === undefined) throw new Error('the draw is of one of them');
    return drawn;
  });
  return { drawable: all.length, draws };
};

type Stretch = {
  readonly output: readonly string[];
  /** Which positions are copied, and so match nothing. */
  readonly inert: readonly boolean[];
};

/** How many tokens of the output from `start` on an item holds from `pos` on, up to `most`, none of them copied in either. */
const held = (
  { output, inert }: Stretch,
  start: number,
  { tokens, copied }: Placed,
  pos: number,
  most: number,
): number => {
  let n = 0;
  while (
    n < most &&
    start + n < output.length &&
    pos + n < tokens.length &&
    output[start + n] === tokens[pos + n] &&
    !inert[start + n] &&
    !copied[pos + n]
  )
    n += 1;
  return n;
};

/** How many tokens from each position of the output on some item of a contribution holds. */
const heldFrom = (stretch: Stretch, items: readonly Placed[]): readonly number[] =>
  stretch.output.map((_, start) =>
    Math.max(
      0,
      ...items.flatMap((item) =>
        item.tokens.map((_token, pos) => held(stretch, start, item, pos, SHARED_MAX)),
      ),
    ),
  );

/** Rule 4 of a settlement: which positions are nobody's, because two brought a run over them and neither could have copied it. */
const sharedIn = (
  stretch: Stretch,
  owners: readonly (Placed | undefined)[],
  eligible: readonly Placed[],
  {
    echoed,
    info,
    bits,
  }: { readonly echoed: readonly boolean[]; readonly info: readonly number[]; readonly bits: number },
): readonly boolean[] => {
  const shared = stretch.output.map(() => false);
  const itemsOf = (id: ContributionId): readonly Placed[] =>
    eligible.filter(({ contribution }) => contribution === id);
  const runs = new Map<ContributionId, readonly number[]>();
  const runsOf = (id: ContributionId): readonly number[] => {
    const known = runs.get(id) ?? heldFrom(stretch, itemsOf(id));
    runs.set(id, known);
    return known;
  };
  const ids = [...new Set(eligible.map(({ contribution }) => contribution))];
  for (const firstId of new Set(owners.flatMap((owner) => owner?.contribution ?? [])))
    for (const secondId of ids) {
      const [first] = itemsOf(firstId);
      const [second] = itemsOf(secondId);
      if (first === undefined || second === undefined || first.commons || second.commons) continue;
      if (first.owner === second.owner || second.commit > first.reveal) continue;
      for (let start = 0; start < stretch.output.length; start++) {
        const length = Math.min(runsOf(firstId)[start] ?? 0, runsOf(secondId)[start] ?? 0);
        let information = 0;
        for (let t = start; t < start + length; t++) if (!echoed[t]) information += info[t] ?? 0;
        if (length < 8 || information < 256 * bits) continue;
        for (let t = start; t < start + length; t++)
          if (owners[t]?.contribution === firstId) shared[t] = true;
      }
    }
  return shared;
};

type Explained = {
  /** Σ info of what somebody owns, and of that what each item owns. */
  readonly covered: number;
  readonly coveredFrom: ReadonlyMap<Placed, number>;
  /** Σ info of what several brought, and of everything. */
  readonly shared: number;
  readonly total: number;
};

/** Rule 3, what one draw comes to. */
const explain = (
  { own, position }: { readonly own: Placed; readonly position: number },
  placed: readonly Placed[],
  bits: number,
  version: OracleVersion,
): Explained => {
  const { tokens, promptTokens } = own;
  const start = Math.max(promptTokens, Math.min(position - 128, tokens.length - 256));
  const output = tokens.slice(start, start + 256);
  const info = oracleInformation(output, version);
  const inert = own.copied.slice(start, start + 256);
  const echoed = oracleEcho(output, tokens.slice(0, promptTokens));
  const owners: (Placed | undefined)[] = output.map(() => undefined);
  // From version 2 on nothing that the owner of the item has contributed counts.
  const eligible = placed.filter(
    (other) => other !== own && (version === 1 || other.commons || other.owner !== own.owner),
  );
  // In version 2 what a commons holds is nobody's, whatever its id.
  const commons = version > 1 ? eligible.filter((each) => each.commons) : [];
  for (const other of [...commons, ...eligible]) {
    for (let i = 0; i < output.length; i++)
      for (let j = 0; j < other.tokens.length; j++) {
        const n = held({ output, inert }, i, other, j, 256);
        let information = 0;
        for (let t = i; t < i + n; t++) if (!echoed[t]) information += info[t] ?? 0;
        if (n < 8 || information < 256 * bits) continue;
        for (let t = i; t < i + n; t++) if (!echoed[t] && owners[t] === undefined) owners[t] = other;
      }
  }
  const nobodys =
    version === 1
      ? output.map(() => false)
      : sharedIn({ output, inert }, owners, eligible, { echoed, info, bits });
  const coveredFrom = new Map<Placed, number>();
  let covered = 0;
  let shared = 0;
  let total = 0;
  for (const [t, each] of info.entries()) {
    if (inert[t]) continue;
    total += each;
    const owner = owners[t];
    if (owner === undefined || owner.commons) continue;
    if (nobodys[t]) shared += each;
    else {
      covered += each;
      coveredFrom.set(owner, (coveredFrom.get(owner) ?? 0) + each);
    }
  }
  return { covered, coveredFrom, shared, total };
};

/**
 * Rule 4 by version 2: every draw counts the same, and what two contributions have in common counts for the account of the
 * later one, up to a quarter of the draws from that account.
 */
const countedByAccount = (
  draws: readonly { readonly own: Placed }[],
  explained: readonly Explained[],
): Pick<OracleStep, 'covered' | 'unbounded' | 'total'> => {
  const counting = draws.flatMap(({ own }, k) => {
    const each = explained[k];
    return each === undefined || each.total === 0 ? [] : [{ own, ...each }];
  });
  const accounts = new Set(
    counting.flatMap(({ own, coveredFrom }) => [
      own.owner,
      ...[...coveredFrom.keys()].map(({ owner }) => owner),
    ]),
  );
  let covered = 0;
  let unbounded = 0;
  for (const account of accounts) {
    let millionths = 0;
    for (const { own, coveredFrom, total } of counting)
      for (const contribution of new Set([...coveredFrom.keys()].map((item) => item.contribution))) {
        const from = [...coveredFrom].filter(([item]) => item.contribution === contribution);
        const later = contribution > own.contribution ? from[0]?.[0] : own;
        if (later?.owner !== account) continue;
        const information = from.reduce((sum, [, each]) => sum + each, 0);
        millionths += Number((1_000_000n * BigInt(information)) / BigInt(total));
      }
    const most = 250_000 * counting.filter(({ own }) => own.owner === account).length;
    covered += Math.min(millionths, most);
    unbounded += millionths;
  }
  return { covered, unbounded, total: 1_000_000 * counting.length };
};

export const oracleCalibrate = (
  contributions: readonly OracleContribution[],
  seed: Uint8Array,
  {
    version,
    draws: count,
    targetBps,
    copyMin = 16,
  }: { version: OracleVersion; draws: number; targetBps: number; copyMin?: number },
): OracleCalibration => {
  const placed = place(contributions, copyMin);
  const { drawable, draws } = drawFrom(placed, seed, count);
  const steps = STEPS.map((bits) => {
    const sums = draws.map((draw) => explain(draw, placed, bits, version));
    const coveredBy = sums.map(({ covered }) => covered);
    const sharedBy = sums.map(({ shared }) => shared);
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const decided =
      version === 1
        ? {
            covered: sum(coveredBy),
            unbounded: sum(coveredBy),
            total: sum(sums.map(({ total }) => total)),
          }
        : countedByAccount(draws, sums);
    return { bits, coveredBy, sharedBy, ...decided };
  });
  // Of half of the draws at least something has to count.
  const counting = draws.filter((draw) => explain(draw, placed, 96, version).total > 0).length;
  const level =
    counting * 2 < count
      ? -1
      : steps.findIndex(
          ({ covered, unbounded, total }) =>
            covered * 10_000 <= targetBps * total && unbounded * 10_000 <= 20 * targetBps * total,
        );
  const met = draws.length === 0 ? undefined : steps[level];
  return {
    drawable,
    draws: draws.map(({ contribution, item, position }) => ({ contribution, item, position })),
    steps,
    met: met?.bits,
    matchBits: met === undefined ? undefined : AFTER[level],
    controlBps: met === undefined ? undefined : Math.ceil((met.covered * 10_000) / Math.max(1, met.total)),
  };
};
