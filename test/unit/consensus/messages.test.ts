import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  FRESH,
  MAX_PROPOSAL_MESSAGE_BYTES,
  MAX_VOTE_MESSAGE_BYTES,
  type Message,
  NIL,
  type Proposal,
  proposalSignBytes,
  type Vote,
  voteSignBytes,
} from '../../../consensus/messages.ts';
import { decodeEntry, encodeEntry, type LogEntry } from '../../../consensus/shell/entries.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { CHAIN, digest } from './support.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const root = bytes(32).map((value) => value as Root);
const round = fc.integer({ min: 1, max: 2 ** 32 - 1 }).map(toRound);
const height = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(toHeight);

const vote: fc.Arbitrary<Vote> = fc.record({
  type: fc.constantFrom('prevote' as const, 'precommit' as const),
  height,
  round,
  target: fc.oneof(
    fc.constant(NIL),
    root.map((id) => ({ type: 'block' as const, id })),
  ),
  validator: fc.integer({ min: 0, max: 65_535 }),
  signature: bytes(64),
});
const proposal: fc.Arbitrary<Proposal> = fc.record({
  height,
  round,
  id: root,
  validRound: fc.constantFrom(FRESH, { type: 'round' as const, round: toRound(0) }),
  signature: bytes(64),
});
const certificate = fc.array(fc.option(bytes(64), { nil: undefined }), { maxLength: 9 }).chain((signed) =>
  fc.record({
    height,
    round,
    blockHash: root,
    signers: fc.constant(signed.map((each) => each !== undefined)),
    signatures: fc.constant(signed.filter((each) => each !== undefined)),
  }),
);

const message: fc.Arbitrary<Message> = fc.oneof(
  vote.map((value) => ({ type: 'vote' as const, vote: value })),
  fc.record({ type: fc.constant('proposal' as const), proposal, block: fc.uint8Array({ maxLength: 300 }) }),
  certificate.map((commit) => ({ type: 'commit' as const, commit })),
  certificate.map((polka) => ({ type: 'polka' as const, polka })),
  fc.record({
    type: fc.constant('round' as const),
    certificate: fc.record({ height, round, votes: fc.array(vote, { maxLength: 5 }) }),
  }),
);

const entry: fc.Arbitrary<LogEntry> = fc.oneof(
  message.map((value) => ({ type: 'message' as const, bytes: encodeMessage(value) })),
  fc.record({
    type: fc.constant('validation' as const),
    validation: fc.record({ round, id: root, valid: fc.boolean(), timely: fc.boolean() }),
  }),
  fc.record({ type: fc.constant('ownBlock' as const), round, bytes: fc.uint8Array({ maxLength: 300 }) }),
  vote.map((value) => ({ type: 'signedVote' as const, vote: value })),
  proposal.map((value) => ({ type: 'signedProposal' as const, proposal: value })),
  fc.record({
    type: fc.constant('timeout' as const),
    timeoutType: fc.constantFrom('propose' as const, 'prevote' as const, 'precommit' as const),
    round,
  }),
);

/** The property of a canonical encoding: what decodes encodes to the same bytes. */
const canonical = <T>(
  decode: (encoded: Uint8Array) => { readonly ok: true; readonly value: T } | { readonly ok: false },
  encode: (value: T, encoded: Uint8Array) => Uint8Array,
  encoded: Uint8Array,
): void => {
  const decoded = decode(encoded);
  if (decoded.ok) expect(toHex(encode(decoded.value, encoded))).toBe(toHex(encoded));
};

const mutated = (encoded: Uint8Array, at: number, to: number): Uint8Array => {
  const out = Uint8Array.from(encoded);
  out[at % out.length] = to;
  return out;
};

describe('messages on the wire', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeMessage(encodeMessage(value))).toEqual({ ok: true, value });
      }),
    );
  });

  test('of random bytes, what decodes is canonical, and nothing throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), fc.uint8Array({ maxLength: 400 }), (kind, rest) =>
        canonical(decodeMessage, encodeMessage, Uint8Array.of(kind, ...rest)),
      ),
      { numRuns: 3000 },
    );
  });

  test('changed in any byte, or cut anywhere, are refused or another message with that very encoding', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(), (value, at, to, cut) => {
        const encoded = encodeMessage(value);
        canonical(decodeMessage, encodeMessage, mutated(encoded, at, to));
        expect(decodeMessage(encoded.subarray(0, cut % encoded.length))).not.toEqual({ ok: true, value });
      }),
      { numRuns: 2000 },
    );
  });

  test('a nil vote with anything beside its nil is refused, and so is a type that nobody defined', () => {
    const nil = encodeMessage({
      type: 'vote',
      vote: {
        type: 'prevote',
        height: toHeight(1n),
        round: toRound(0),
        target: NIL,
        validator: 0,
        signature: new Uint8Array(64),
      },
    });
    expect(decodeMessage(nil)).toMatchObject({ ok: true });
    const [type, present, id] = [1, 14, 15];
    for (const [at, to] of [
      [type, 3],
      [type, 0],
      [present, 2],
      [present, 255],
      [id, 1],
    ] as const)
      expect(decodeMessage(mutated(nil, at, to))).toMatchObject({
        ok: false,
        fault: { code: 'MESSAGE_DECODE' },
      });
  });

  test('a proposal whose valid round is not before its round is refused', () => {
    const bad: Message = {
      type: 'proposal',
      block: new Uint8Array(3),
      proposal: {
        height: toHeight(1n),
        round: toRound(2),
        id: digest('v'),
        validRound: { type: 'round', round: toRound(2) },
        signature: new Uint8Array(64),
      },
    };
    expect(decodeMessage(encodeMessage(bad))).toMatchObject({ ok: false, fault: { code: 'MESSAGE_DECODE' } });
  });

  test('longer than the longest, are refused before they are looked at', () => {
    for (const [kind, limit] of [
      [1, MAX_PROPOSAL_MESSAGE_BYTES],
      [5, MAX_VOTE_MESSAGE_BYTES],
    ] as const) {
      const long = new Uint8Array(limit + 1);
      long[0] = kind;
      expect(decodeMessage(long)).toMatchObject({ ok: false, fault: { code: 'SSZ_DECODE' } });
    }
  });
});

describe('log entries', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(entry, (value) => {
        expect(decodeEntry(encodeEntry(value))).toEqual({ ok: true, value });
      }),
    );
  });

  test('of random and changed bytes, nothing throws', () => {
    fc.assert(
      fc.property(
        entry,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.uint8Array({ maxLength: 200 }),
        (value, at, to, rest) => {
          expect(typeof decodeEntry(mutated(encodeEntry(value), at, to)).ok).toBe('boolean');
          expect(typeof decodeEntry(rest).ok).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('sign bytes', () => {
  test('differ whenever anything that is voted for differs, or the chain does', () => {
    const base = {
      type: 'prevote' as const,
      height: toHeight(7n),
      round: toRound(1),
      target: NIL,
      validator: 0,
    };
    const other = { chainId: CHAIN.chainId + 1n, genesisHash: CHAIN.genesisHash };
    const zero = { type: 'block' as const, id: new Uint8Array(32) as Root };
    const all = [
      voteSignBytes(CHAIN, base),
      voteSignBytes(CHAIN, { ...base, type: 'precommit' }),
      voteSignBytes(CHAIN, { ...base, height: toHeight(8n) }),
      voteSignBytes(CHAIN, { ...base, round: toRound(2) }),
      voteSignBytes(CHAIN, { ...base, target: zero }),
      voteSignBytes(CHAIN, { ...base, target: { type: 'block', id: digest('v') } }),
      voteSignBytes(other, base),
      voteSignBytes({ ...CHAIN, genesisHash: digest('another genesis') }, base),
    ];
    const fresh = { height: toHeight(7n), round: toRound(1), id: digest('v'), validRound: FRESH };
    all.push(
      proposalSignBytes(CHAIN, fresh),
      proposalSignBytes(CHAIN, { ...fresh, validRound: { type: 'round', round: toRound(0) } }),
      proposalSignBytes(CHAIN, { ...fresh, round: toRound(2) }),
      proposalSignBytes(CHAIN, { ...fresh, height: toHeight(8n) }),
      proposalSignBytes(CHAIN, { ...fresh, id: digest('w') }),
      proposalSignBytes(other, fresh),
    );
    expect(new Set(all.map(toHex)).size).toBe(all.length);
  });

  test('do not hold the index of the validator: the key says whose vote it is', () => {
    const base = {
      type: 'prevote' as const,
      height: toHeight(7n),
      round: toRound(1),
      target: NIL,
      validator: 0,
    };
    expect(voteSignBytes(CHAIN, base)).toEqual(voteSignBytes(CHAIN, { ...base, validator: 3 }));
  });
});
