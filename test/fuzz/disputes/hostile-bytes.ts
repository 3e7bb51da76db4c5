/** Bytes that no challenger would send: they decode to a fault or to a witness, and whatever comes of them proves nothing. */
import type { Root } from '../../../src/lib/brands.ts';
import { CITING_PARTS, CLAIM_PARTS } from '../../../state/attribution/claim.ts';
import type { Opening, PassagesOpening } from '../../../state/attribution/openings.ts';
import { demandedOf } from '../../../state/attribution/witness/demand.ts';
import type {
  ClaimSubject,
  ContributionSubject,
  ReceiptSubject,
  Upheld,
} from '../../../state/attribution/witness/subject.ts';
import {
  checkWitness,
  WITNESS_BYTES_MAX,
  type Witness,
  WitnessType,
} from '../../../state/attribution/witness/types.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import type { Judges } from './judges.ts';
import type { Tally } from './tally.ts';

export type Targets = {
  readonly claims: readonly ClaimSubject[];
  readonly receipts: readonly ReceiptSubject[];
  /** Not all that they declare is true: whether what falls is false. */
  readonly contributions: readonly {
    readonly subject: ContributionSubject;
    readonly isFalse: (upheld: Upheld) => boolean;
  }[];
};

const EDGES = [0, 1, 7, 8, 15, 16, 63, 64, 65, 255, 256, 4096, 32_768, 65_535] as const;
const small = (random: Random): number => (random(3) === 0 ? pick(random, EDGES) : random(300));
const wide = (random: Random): number => (random(8) === 0 ? 2 ** 32 - 1 - random(3) : small(random));
const bytesOf = (random: Random, length: number): Uint8Array =>
  Uint8Array.from(times(length, () => random(256)));
const node = (random: Random): Root => bytesOf(random, 32) as Root;
const nodes = (random: Random, most: number): Root[] => times(random(most + 1), () => node(random));

/** Packed tokens, mostly. */
const packed = (random: Random): Uint8Array => {
  if (random(4) === 0) return bytesOf(random, random(64 * 17 + 1));
  const length = 1 + random(16);
  return Uint8Array.from(times(random(65), () => [length, ...times(length, () => 97 + random(26))]).flat());
};

const openingOf = (random: Random): Opening => {
  const chunks = random(2) === 0 ? random(3) : random(65);
  const common = {
    tokens: wide(random),
    count: wide(random),
    first: wide(random),
    branch: nodes(random, 36),
  };
  return random(2) === 0
    ? {
        type: 'text',
        value: {
          ...common,
          information: wide(random),
          bytes: wide(random),
          chunks: times(chunks, () => ({
            salt: node(random),
            tokens: packed(random),
            infoBefore: wide(random),
          })),
        },
      }
    : {
        type: 'item',
        value: {
          ...common,
          items: wide(random),
          item: wide(random),
          itemBranch: nodes(random, 16),
          promptTokens: wide(random),
          source: { hash: node(random), bytes: wide(random) },
          chunks: times(chunks, () => ({ salt: node(random), tokens: packed(random) })),
        },
      };
};

const passagesOf = (random: Random): PassagesOpening => ({
  count: wide(random),
  first: wide(random),
  passages: times(random(3) === 0 ? random(129) : random(4), () => ({
    item: wide(random),
    start: wide(random),
    end: wide(random),
    before: wide(random),
    type: pick(random, ['prompt', 'data', 'copied'] as const),
    contribution: wide(random),
    sourceItem: wide(random),
    sourcePos: wide(random),
  })),
  branch: nodes(random, 36),
});

const witnessOf = (random: Random): Witness => {
  const index = small(random);
  const at = small(random);
  const start = small(random);
  const end = Math.min(65_535, start + random(300));
  const position = small(random);
  const place = { contribution: random(12), item: random(4), pos: wide(random) };
  const passages = passagesOf(random);
  const run = {
    count: wide(random),
    index: wide(random),
    run: { item: random(4), start: wide(random), end: wide(random) },
    branch: nodes(random, 36),
  };
  const [text, source] = [openingOf(random), openingOf(random)];
  const some = random(2) === 0 ? passages : undefined;
  const head = openingOf(random);
  const item = head.type === 'item' ? head.value : undefined;
  const kinds: readonly Witness[] = [
    {
      type: 'invalid',
      value: {
        part: pick(random, CLAIM_PARTS),
        index: random(3),
        at: random(9),
        text,
        source,
      },
    },
    {
      type: 'inert',
      value: {
        part: pick(random, CITING_PARTS),
        index: random(3),
        at: random(9),
        side: pick(random, ['output', 'source'] as const),
        passages,
      },
    },
    {
      type: 'better',
      value: {
        position,
        start,
        end,
        ...place,
        output: text,
        source,
        outputPassages: some,
        sourcePassages: some,
      },
    },
    {
      type: 'shared',
      value: {
        position,
        start,
        end,
        ownItem: random(4),
        ownPos: wide(random),
        ...place,
        output: text,
        own: source,
        source,
        outputPassages: some,
        ownPassages: some,
        sourcePassages: some,
      },
    },
    { type: 'echo', value: { position, start, end, place: small(random), output: text, prompt: source } },
    { type: 'info', value: { border: random(6), output: text, passages: some } },
    {
      type: 'malformed',
      value: { text: pick(random, ['output', 'prompt', 'contribution'] as const), opening: text },
    },
    {
      type: 'demand',
      value: {
        text: pick(random, ['output', 'prompt', 'source'] as const),
        ...place,
        first: wide(random),
        count: random(256),
      },
    },
    { type: 'overlap', value: { run, start, end, own: text, ...place, source } },
    {
      type: 'harvest',
      value: { run, start, end, own: text, batch: node(random), index, at, output: source },
    },
    { type: 'passage', value: { passages, start, end, own: text, ...place, source } },
    { type: 'copied', value: { passages, at: wide(random), own: text, source } },
    ...(item === undefined
      ? []
      : [
          { type: 'draw', value: { passages, item } } as const,
          { type: 'border', value: { passages, item } } as const,
        ]),
  ];
  return pick(random, kinds);
};

const spoilt = (random: Random, encoded: Uint8Array): Uint8Array => {
  switch (random(4)) {
    case 0:
      return encoded;
    case 1:
      return encoded.subarray(0, random(encoded.length + 1));
    case 2:
      return Uint8Array.of(...encoded, ...bytesOf(random, random(40)));
    default: {
      const out = encoded.slice();
      for (let i = 1 + random(8); i > 0; i--) out[random(out.length)] = random(256);
      return out;
    }
  }
};

/** Undefined if all went as it must, else what did not. Throws if anything under test throws. */
export const disputeBytes = (
  seed: number,
  targets: Targets,
  tally: Tally,
  judges: Judges,
): string | undefined => {
  const random = randomFrom(seed ^ 0xb17e5);
  const kept = tally.kept(pick(random, ['claim', 'declaration'] as const));
  const bytes =
    random(8) === 0
      ? bytesOf(random, random(2000))
      : random(4) === 0 && kept.length > 0
        ? spoilt(random, WitnessType.encode(pick(random, kept)))
        : spoilt(random, WitnessType.encode(witnessOf(random)));
  const decoded = WitnessType.decode(bytes);
  if (!decoded.ok) {
    tally.refuted(decoded.fault.code);
    return undefined;
  }
  const witness = decoded.value;
  if (Buffer.compare(WitnessType.encode(witness), bytes) !== 0)
    return 'bytes that are not the canonical encoding were taken';
  const tooLarge = checkWitness(witness);
  if ((tooLarge !== undefined) !== bytes.length > WITNESS_BYTES_MAX) return `${bytes.length} bytes`;
  if (tooLarge !== undefined) {
    tally.refuted(tooLarge.code);
    return undefined;
  }
  const contribution = pick(random, targets.contributions);
  const before = performance.now();
  const onClaim = judges.claim(pick(random, targets.claims), witness);
  const onReceipt = judges.receipt(pick(random, targets.receipts), witness);
  const onContribution = judges.contribution(contribution.subject, witness);
  tally.took(performance.now() - before);
  if (witness.type === 'demand') demandedOf(pick(random, targets.claims), witness.value);
  for (const verdict of [onClaim, onReceipt, onContribution]) {
    if (verdict.ok && (verdict !== onContribution || !contribution.isFalse(verdict.value)))
      return `${witness.type} upheld, ${verdict.value.reason}`;
    tally.refuted(verdict.ok ? verdict.value.reason : `bytes ${verdict.fault.code}`);
  }
  return undefined;
};
