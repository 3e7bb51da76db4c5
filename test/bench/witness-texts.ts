/** What the witnesses to measure are made of: texts of words, and their sizes. */
import { infoTable } from '../../src/attribution/info-table.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { type Result, unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { Salted } from '../../state/attribution/commitment.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import type { Witness } from '../../state/attribution/witness/types.ts';

export const table = infoTable();
export const rules = rulesOf(RULES_DEFAULT);

export type WitnessCase = {
  readonly name: string;
  readonly worst: boolean;
  readonly witness: Witness;
  readonly judge: (witness: Witness) => Result<unknown>;
};

/** Returns `count` words, each of `bytes` letters, of which none stands twice in 26^3 words. */
export const textOf = (count: number, bytes: number): string =>
  Array.from({ length: count }, (_, i) => {
    const letters = [i % 26, Math.floor(i / 26) % 26, Math.floor(i / 676) % 26];
    return String.fromCharCode(...letters.map((letter) => 97 + letter)).padEnd(bytes, 'x');
  }).join(' ');

const SALT = sha256();
export const saltedOf = (text: string): Salted => ({
  tokens: unwrap(rules.tokenizeText(text)),
  source: utf8(text),
  salt: SALT,
});

export type Sizes = {
  /** Tokens of a match, an echo, a copy. */
  readonly match: number;
  readonly echo: number;
  readonly copy: number;
  readonly bytes: number;
  readonly output: number;
  readonly prompt: number;
  readonly item: number;
  readonly items: number;
  /** Where windows begin: within a chunk, so that they lie in as many as they can. */
  readonly at: number;
  readonly worst: boolean;
};
