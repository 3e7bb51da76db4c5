/** The payloads of all kinds as bytes, as lines that a wallet shows, and as what others sign. */
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import { describe, expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../../src/lib/bytes.ts';
import { domainSeparator } from '../../../../src/lib/eip712.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import type { DatanetId } from '../../../../src/lib/ids.ts';
import type { DrawClaim } from '../../../../state/attribution/calibration-claim.ts';
import type { Opening } from '../../../../state/attribution/openings.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionBacking } from '../../../../state/tx/attribution-backing.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionExcuse } from '../../../../state/tx/attribution-excuse.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { contentDigest } from '../../../../state/tx/content-digest.ts';
import { contributionCommit, contributionCommitment } from '../../../../state/tx/contribution-commit.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { datanetCreate } from '../../../../state/tx/datanet-create.ts';
import { escrowDeposit } from '../../../../state/tx/escrow-deposit.ts';
import { escrowWithdraw } from '../../../../state/tx/escrow-withdraw.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import type { Kind } from '../../../../state/tx/kind.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { modelRevision } from '../../../../state/tx/model-revision.ts';
import { KINDS, kindByName } from '../../../../state/tx/registry.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import { transfer } from '../../../../state/tx/transfer.ts';
import { voucherDigest, voucherPayload } from '../../../../state/tx/voucher.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  claimOf,
  datanetTerms,
  modelTerms,
  payer,
  provider,
  receiptBody,
  reveal,
  review,
  trainer,
} from './scenes.ts';
import { bytes32 } from './world.ts';

const hex32 = (name: string): string => toHex(bytes32(name));

const group = {
  payer: payer.address,
  lane: 3,
  voucher: {
    amount: 5n,
    count: 2n,
    accumulator: bytes32('accumulator'),
    signature: new Uint8Array(65).with(64, 27),
  },
  receipts: [
    receiptBody('a'),
    receiptBody('b', {
      model: 7,
      compute: 10n ** 18n,
      app: alice.address,
      appFee: 3n,
      visibility: 'private',
      finish: 'length',
      maxTokens: 100,
    }),
  ],
};

/** One chunk of an output. */
const opening: Opening = {
  type: 'text',
  value: {
    tokens: 64,
    information: 64 * 2560,
    bytes: 130,
    count: 1,
    first: 0,
    chunks: [{ salt: bytes32('salt'), tokens: Uint8Array.of(1, 97), infoBefore: 0 }],
    branch: [],
  },
};

const draw: DrawClaim = {
  contribution: 4,
  item: 2,
  position: 9,
  tokens: 100,
  promptTokens: 7,
  claim: claimOf(100, [{ start: 5, end: 50, contribution: 1 }]),
};

/** Of every kind a payload and the line that a wallet shows for it. */
const example = <P>(kind: Kind<P>, payload: NoInfer<P>, line: string) => ({
  name: kind.name,
  encoded: kind.payload.encode(payload),
  json: kind.payload.toJson(payload),
  line,
});
const EXAMPLES = [
  example(
    datanetCreate,
    datanetTerms({ commons: { root: bytes32('notice'), items: 1, tokens: 4n, bytes: 9n }, name: 'Größe' }),
    'create datanet "Gr\\u{f6}\\u{df}e" (arithmetic) under MIT, open, quorum 2 of 3, bond 0.000000000000000001 OPEN per byte',
  ),
  example(
    contributionCommit,
    { datanet: 7, commitment: bytes32('c') },
    `commit a contribution to datanet 7, commitment ${hex32('c')}`,
  ),
  example(
    dataContribution,
    reveal(5, 1, 'x', { items: 37, bytes: 228_114n, parents: [1, 2] }),
    'contribute 37 items, 228114 bytes, to datanet 1 under MIT',
  ),
  example(
    dataContribution,
    reveal(5, 1, 'x', {
      items: 2,
      bytes: 401n,
      shapes: [
        { tokens: 60, promptTokens: 7 },
        { tokens: 40, promptTokens: 0 },
      ],
      copied: [
        { item: 0, start: 1, end: 20, contribution: 4, sourceItem: 3, sourcePos: 2 },
        { item: 1, start: 0, end: 40, contribution: 5, sourceItem: 0, sourcePos: 20 },
      ],
      novelRuns: [{ item: 0, start: 20, end: 60 }],
      sketch: Array.from({ length: 128 }, (_, bin) => 2 ** 32 - 1 - bin),
    }),
    'contribute 2 items, 401 bytes, to datanet 1 under MIT',
  ),
  example(
    dataContribution,
    reveal(5, 1, 'x', { role: 'correction' }),
    'contribute 1 items, 400 bytes, to datanet 1 under MIT, as correction',
  ),
  example(
    contributionReview,
    review(5, { verdict: 'reject' }),
    'reject contribution 5: authenticity 90, ownership 90, quality 80, uniqueness 70',
  ),
  example(contributionReview, review(5, { verdict: 'withdraw' }), 'withdraw the review of contribution 5'),
  example(
    modelRegistration,
    modelTerms([{ datanet: 1, count: 2, root: bytes32('v') }], {
      base: 4,
      shares: [{ account: trainer.address, role: 'trainer', bps: 10 }],
      prices: { in: 10n ** 15n, out: 3n * 10n ** 18n },
    }),
    'register adapter model "adder" made from model 4 on 1 datanets, per 1000 tokens 0.001 OPEN in, 3 OPEN out',
  ),
  example(
    escrowDeposit,
    { provider: provider.address, amount: 15n * 10n ** 17n },
    `deposit 1.5 OPEN into escrow with provider ${toHex(provider.address)}`,
  ),
  example(
    escrowWithdraw,
    { provider: provider.address, amount: 1n },
    `withdraw 0.000000000000000001 OPEN from escrow with provider ${toHex(provider.address)}`,
  ),
  example(inferenceReceipt, { groups: [group] }, 'record 2 receipts, 1.0000000000000029 OPEN, on 1 vouchers'),
  example(
    attributionSettlement,
    {
      batch: bytes32('batch'),
      asOf: undefined,
      claims: [withoutPicks(9, claimOf(100, [{ start: 5, end: 50, contribution: 1 }]))],
    },
    `settle 1 receipts of batch ${hex32('batch')}`,
  ),
  example(
    rewardClaim,
    { contributions: [1, 2, 3], models: [1], stake: true },
    'claim the rewards of 3 contributions and 1 models, and of stake',
  ),
  example(
    transfer,
    { to: payer.address, amount: 5n * 10n ** 17n },
    `transfer 0.5 OPEN to ${toHex(payer.address)}`,
  ),
  example(
    attributionChallenge,
    {
      target: { type: 'calibration', value: { model: 3, claim: bytes32('claim'), level: 'met', draw: 1023 } },
      witness: { type: 'info', value: { border: 2, output: opening, passages: undefined } },
    },
    `challenge draw 1023 of calibration ${hex32('claim')} of model 3 by a witness of kind info`,
  ),
  example(
    attributionChallenge,
    {
      target: { type: 'contribution', value: { contribution: 7 } },
      witness: { type: 'malformed', value: { text: 'contribution', opening } },
    },
    'challenge contribution 7 by a witness of kind malformed',
  ),
  example(
    attributionAnswer,
    { demand: bytes32('demand'), opening },
    `answer demand ${hex32('demand')} with 1 chunks`,
  ),
  example(
    attributionBacking,
    { settlement: bytes32('settlement'), amount: 500_000_000_000_000_000n },
    `back settlement ${hex32('settlement')} with 0.5 OPEN`,
  ),
  example(
    attributionExcuse,
    {
      challenge: bytes32('challenge'),
      excuses: [
        { phrase: 0, reason: { type: 'prompt', value: { place: 7 } } },
        {
          phrase: 3,
          reason: {
            type: 'holders',
            value: {
              places: [1, 2, 5].map((contribution) => ({
                contribution,
                item: 4,
                chunk: 2,
                place: 63,
              })),
            },
          },
        },
      ],
    },
    `answer challenge ${hex32('challenge')} with 2 excuses`,
  ),
  example(
    modelCalibration,
    {
      model: 3,
      version: 2,
      round: 1,
      asOf: toHeight(77n),
      level: 3,
      draws: [draw],
      before: [{ draw: 0, claim: draw.claim }],
    },
    'claim round 1 of the calibration of version 2 of model 3: at 192 bits the bar is met',
  ),
  example(
    modelCalibration,
    { model: 3, version: 2, round: 0, asOf: toHeight(77n), level: 7, draws: [draw], before: [] },
    'claim round 0 of the calibration of version 2 of model 3: no step meets the bar',
  ),
  example(
    modelRevision,
    {
      model: 3,
      rules: 2,
      weights: bytes32('weights'),
      recipe: bytes32('recipe'),
      transcript: bytes32('transcript'),
      evaluationRoot: bytes32('answers'),
      template: bytes32('template'),
      manifest: [{ datanet: 1, count: 9, root: bytes32('v') }],
      evaluation: [{ measure: 'accuracy', thousandths: 612 }],
    },
    'register a new version of model 3 on 1 datanets',
  ),
];

it('has an example of every kind there is', () => {
  const shown = new Set(EXAMPLES.map(({ name }) => name));
  expect(KINDS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

const registered = (name: string) => {
  const kind = kindByName(name);
  if (kind === undefined) throw new Error(`${name} is not registered`);
  return kind;
};

describe.each(EXAMPLES)('$name: $line', ({ name, encoded, json, line }) => {
  it('says so, and is the same from bytes and from JSON', () => {
    const fromBytes = unwrap(registered(name).decode(encoded));
    const fromJson = unwrap(registered(name).fromJson(json));
    expect(fromBytes.action()).toBe(line);
    expect(fromJson.encode()).toEqual(encoded);
    expect(fromJson.root()).toEqual(fromBytes.root());
  });

  it('decodes nothing but what it would encode itself', () => {
    const mutation = fc.oneof(
      fc
        .record({ at: fc.nat(encoded.length - 1), to: fc.nat(255) })
        .map(({ at, to }) => encoded.with(at, to)),
      fc.nat(encoded.length - 1).map((length) => encoded.slice(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map((tail) => new Uint8Array([...encoded, ...tail])),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(mutation, (bytes) => {
        const decoded = registered(name).decode(bytes);
        if (decoded.ok) expect(decoded.value.encode()).toEqual(new Uint8Array(bytes));
        else expect(decoded.fault.code).toMatch(/^SSZ_(?:DECODE|RANGE)$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a voucher', () => {
  const voucher = {
    payer: payer.address,
    provider: provider.address,
    lane: 4_294_967_295,
    amount: (1n << 128n) - 1n,
    count: (1n << 64n) - 1n,
    accumulator: bytes32('accumulator'),
  };
  const chain = { chainId: 673_600n, genesisHash: bytes32('genesis') };

  it('has the digest that any EIP-712 library computes', () => {
    const expected = hashTypedData({
      domain: { name: 'OpenLedger', version: '1', chainId: 673_600, salt: toHex(chain.genesisHash) },
      primaryType: 'Voucher',
      types: {
        Voucher: [
          { name: 'payer', type: 'address' },
          { name: 'provider', type: 'address' },
          { name: 'lane', type: 'uint32' },
          { name: 'amount', type: 'uint128' },
          { name: 'count', type: 'uint64' },
          { name: 'accumulator', type: 'bytes32' },
        ],
      },
      message: {
        payer: toHex(voucher.payer),
        provider: toHex(voucher.provider),
        lane: voucher.lane,
        amount: voucher.amount,
        count: voucher.count,
        accumulator: toHex(voucher.accumulator),
      },
    });
    expect(toHex(voucherDigest(domainSeparator(chain), voucher))).toBe(expected);
  });

  it('is what a wallet is given to sign', () => {
    expect(voucherPayload(chain, voucher)).toMatchObject({
      primaryType: 'Voucher',
      message: { lane: '4294967295', count: '18446744073709551615', payer: toHex(payer.address) },
    });
  });
});

describe('a commitment', () => {
  it('hides nothing that could be swapped: Datanet, content, salt and sender each change it', () => {
    const preimage = { datanet: 1, root: bytes32('root'), salt: bytes32('salt'), sender: alice.address };
    const others = [
      { ...preimage, datanet: 2 },
      { ...preimage, root: bytes32('other') },
      { ...preimage, salt: bytes32('other') },
      { ...preimage, sender: payer.address },
    ];
    const commitments = [preimage, ...others].map((each) => toHex(contributionCommitment(each)));
    expect(new Set(commitments).size).toBe(5);
  });
});

describe('the digest of a contribution', () => {
  const digestBy = (version: RulesVersion, datanet: DatanetId, items: readonly string[]) =>
    toHex(
      contentDigest(
        datanet,
        items.map((item) => unwrap(rulesOf(version).tokenizeText(item))),
      ),
    );
  const digest = (datanet: DatanetId, ...items: readonly string[]) => digestBy(RULES_DEFAULT, datanet, items);

  it('is sha256 of the Datanet and, of each item, its tokens with their lengths', () => {
    const bytes = [7, 0, 0, 0, 2, 0, 0, 0, 2, ...utf8('a1'), 1, ...utf8('!'), 0, 0, 0, 0];
    expect(digestBy(1, 7, ['A1 !', ''])).toBe(toHex(sha256(Uint8Array.from(bytes))));
    const without = [7, 0, 0, 0, 1, 0, 0, 0, 2, ...utf8('a1'), 0, 0, 0, 0];
    expect(digestBy(2, 7, ['A1 !', ''])).toBe(toHex(sha256(Uint8Array.from(without))));
  });

  it('does not see spaces, capitals and marks, and sees all else', () => {
    expect(digest(1, 'The  quick fox.')).toBe(digest(1, 'the quick\nFOX .'));
    expect(digest(1, 'The quick, fox!')).toBe(digest(1, 'the quick fox'));
    const others = [
      digest(1, 'the quick fox'),
      digest(1, 'the quick foxes'),
      digest(2, 'the quick fox'),
      digest(1, 'the quick', 'fox'),
      digest(1, 'the', 'quick fox'),
      digest(1, 'the quick fox', ''),
      digest(1, 'quick the fox'),
      digest(1),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('takes every token of a long item', () => {
    const words = Array.from({ length: 200 }, (_, i) => `w${i}`);
    const long = digest(1, words.join(' '));
    expect(digest(1, words.with(199, 'x').join(' '))).not.toBe(long);
    expect(digest(1, words.with(64, 'x').join(' '))).not.toBe(long);
  });
});
