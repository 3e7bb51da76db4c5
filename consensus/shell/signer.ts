/**
 * Signs for one validator, and never twice for one step. The sign-state file holds the last step signed, with what was
 * signed; it is on disk before a signature leaves. Asked for the same step again, the signer gives the same signature
 * if the bytes are the same, and refuses otherwise: so a node that crashed between signing and sending can go on, and
 * one whose log or database was set back cannot contradict itself.
 *
 * There is no default state: a key without its file is refused, because an empty state has forgotten what was signed.
 *
 * What is signed names its chain, so a signature for one chain cannot contradict one for another. The file holds the last step
 * of each chain that the key has signed for. So the validators of a chain can start again from a corrected genesis with
 * their keys, and the file still knows what they signed for the old one.
 */

import { open } from 'node:fs/promises';
import { equal, toHex, utf8 } from '../../src/lib/bytes.ts';
import { type ChainIdentity, height64, round32 } from '../../src/lib/chain.ts';
import type { Ed25519Signer } from '../../src/lib/ed25519.ts';
import { ok, toFault } from '../../src/lib/errors.ts';
import { readPlainFile, replaceFile, systemCode } from '../../src/lib/files.ts';
import { sha256 } from '../../src/lib/hash.ts';
import {
  byteList,
  bytes,
  container,
  type Json,
  list,
  optional,
  uint8,
  type ValueOf,
  withDefault,
} from '../../src/lib/ssz.ts';
import { readUtf8 } from '../../src/lib/text.ts';
import { fail, type Result } from '../errors.ts';
import { isSignedFor, proposalSignBytes, type SignRequest, voteSignBytes } from '../messages.ts';

const SignedType = container({
  height: height64,
  round: round32,
  /** The number of the step in its round: {@link STEPS}. */
  step: uint8,
  signBytes: byteList(256),
  signature: bytes(64),
});
type Signed = ValueOf<typeof SignedType>;

/** A place in the order of what a validator signs: by height, round, then proposal, prevote, precommit. */
export type SignedStep = Pick<Signed, 'height' | 'round' | 'step'>;

/** The last step signed, with the bytes that were signed. */
export type SignedLast = SignedStep & Pick<Signed, 'signBytes'>;

export type Signer = {
  readonly publicKey: Uint8Array;
  /** The last step signed for the chain, or `none`. */
  readonly last: () => SignedLast | 'none';
  /** Faults: `SIGN_REFUSED` (a regression, other bytes for the same step, or another chain), `SIGN_STATE_WRITE`. */
  readonly sign: (chain: ChainIdentity, request: SignRequest) => Promise<Result<Uint8Array>>;
};

const STEPS = { proposal: 0, prevote: 1, precommit: 2 } as const;

export const stepOf = (request: SignRequest): SignedStep =>
  request.type === 'proposal'
    ? { height: request.proposal.height, round: request.proposal.round, step: STEPS.proposal }
    : { height: request.vote.height, round: request.vote.round, step: STEPS[request.vote.type] };

export const signBytesOf = (chain: ChainIdentity, request: SignRequest): Uint8Array =>
  request.type === 'proposal'
    ? proposalSignBytes(chain, request.proposal)
    : voteSignBytes(chain, request.vote);

export const compareSteps = (a: SignedStep, b: SignedStep): number => {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1;
  if (a.round !== b.round) return a.round - b.round;
  return a.step - b.step;
};

// ---------------------------------------------------------------------------------------------------------- sign-state

/** The state of a key that has signed for one chain at most: the file is as it was before there could be several. */
const OneChainType = container({
  publicKey: bytes(32),
  /** The record of the last signature; absent before the first. */
  last: optional(SignedType),
});

/** The most other chains that a key can have signed for. */
const OTHER_CHAINS_MAX = 1 << 10;

const SignStateType = container({
  publicKey: bytes(32),
  last: optional(SignedType),
  /** The last signature for each chain other than that of `last`. */
  others: withDefault(list(SignedType, OTHER_CHAINS_MAX), []),
});
type SignState = ValueOf<typeof SignStateType>;

const isOneChain = ({ others }: SignState): boolean => others.length === 0;

const checksum = (state: SignState): string =>
  toHex(sha256(isOneChain(state) ? OneChainType.encode(state) : SignStateType.encode(state)));

const render = (state: SignState): Uint8Array => {
  const json = isOneChain(state) ? OneChainType.toJson(state) : SignStateType.toJson(state);
  return utf8(`${JSON.stringify({ checksum: checksum(state), state: json }, undefined, 2)}\n`);
};

const parse = (bytes: Uint8Array, path: string): Result<SignState> => {
  const corrupt = (why: string): Result<SignState> =>
    fail('SIGN_STATE_CORRUPT', `the sign-state ${path} is corrupt: ${why}`, { path });
  const text = readUtf8(bytes);
  if (!text.ok) return corrupt(text.fault.message);
  let json: Json;
  try {
    json = JSON.parse(text.value) as Json;
  } catch {
    return corrupt('it is not JSON');
  }
  if (typeof json !== 'object' || json === null || !('state' in json) || !('checksum' in json))
    return corrupt('fields are missing');
  const state = SignStateType.fromJson(json.state);
  if (!state.ok) return corrupt(state.fault.message);
  if (checksum(state.value) !== json.checksum) return corrupt('its checksum is wrong');
  return state;
};

/**
 * The empty sign-state of a key that has never signed: made once, with the key. Faults: `SIGN_STATE_EXISTS`,
 * `SIGN_STATE_WRITE`.
 */
export const createSignState = async (path: string, publicKey: Uint8Array): Promise<Result<void>> => {
  try {
    // Claims the name: of two that create, one wins, and none overwrites a state that remembers something.
    const claim = await open(path, 'wx', 0o600);
    await claim.close();
    await replaceFile(path, render({ publicKey, last: undefined, others: [] }));
    return ok(undefined);
  } catch (error) {
    if (systemCode(error) === 'EEXIST')
      return fail('SIGN_STATE_EXISTS', `there is a sign-state already: ${path}`, { path });
    return fail('SIGN_STATE_WRITE', `cannot write the sign-state ${path}: ${toFault(error).message}`, {
      path,
    });
  }
};

/**
 * A signer from a key in this process and the sign-state file that belongs to it. One process at a time may hold it:
 * the lock on the node's home sees to that. It signs for one chain. Faults: `SIGN_STATE_MISSING`, `SIGN_STATE_READ`,
 * `SIGN_STATE_CORRUPT`, `SIGN_STATE_KEY`.
 */
export const openFileSigner = async (
  key: Ed25519Signer,
  path: string,
  chain: ChainIdentity,
): Promise<Result<Signer>> => {
  let bytes: Uint8Array;
  try {
    bytes = await readPlainFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      return fail(
        'SIGN_STATE_MISSING',
        `there is a validator key but no sign-state at ${path}: without it the node could sign twice, so it does not start`,
        { path },
      );
    return fail('SIGN_STATE_READ', `cannot read the sign-state ${path}: ${toFault(error).message}`, { path });
  }
  const read = parse(bytes, path);
  if (!read.ok) return read;
  if (!equal(read.value.publicKey, key.publicKey))
    return fail('SIGN_STATE_KEY', `the sign-state ${path} belongs to another key`, {
      path,
      expected: toHex(key.publicKey),
      got: toHex(read.value.publicKey),
    });
  const { last: latest, others: earlier } = read.value;
  const signed = latest === undefined ? earlier : [latest, ...earlier];
  const isOwn = ({ signBytes }: Signed): boolean => isSignedFor(chain, signBytes);
  const others = signed.filter((each) => !isOwn(each));
  let last = signed.find(isOwn);

  const sign = async (of: ChainIdentity, request: SignRequest): Promise<Result<Uint8Array>> => {
    const step = stepOf(request);
    const signBytes = signBytesOf(of, request);
    // What the key has signed for that chain is in `others`, which nothing is compared with.
    if (!isSignedFor(chain, signBytes))
      return fail('SIGN_REFUSED', 'refused to sign: it is for another chain');
    if (last !== undefined) {
      const order = compareSteps(step, last);
      if (order === 0 && equal(signBytes, last.signBytes)) return ok(last.signature);
      if (order <= 0)
        return fail(
          'SIGN_REFUSED',
          order === 0
            ? 'refused to sign: the key has signed something else at this step'
            : 'refused to sign: the key has signed a later step',
          {
            height: step.height.toString(),
            round: step.round,
            step: step.step,
            lastHeight: last.height.toString(),
            lastRound: last.round,
            lastStep: last.step,
          },
        );
    }
    const next: Signed = { ...step, signBytes, signature: key.sign(signBytes) };
    try {
      await replaceFile(path, render({ publicKey: key.publicKey, last: next, others }));
    } catch (error) {
      return fail('SIGN_STATE_WRITE', `cannot write the sign-state ${path}: ${toFault(error).message}`, {
        path,
      });
    }
    last = next;
    return ok(next.signature);
  };

  return ok({ publicKey: key.publicKey, last: () => last ?? 'none', sign });
};
