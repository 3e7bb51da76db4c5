/** A case as the oracle takes it: tokens for words, by contribution id, and what the oracle answers. */
import { isCommonsPlace } from '../../../src/attribution/engine/segment.ts';
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import {
  type OracleAnswer,
  type OracleOrigin,
  oracleInfo,
  oracleTokens,
  oracleTrace,
} from '../../oracle/oracle.ts';
import type { Contribution, FuzzCase } from './cases.ts';
import type { Words } from './texts.ts';

const informationByToken = new Map<string, number>();
const information = (token: string): number => {
  const known = informationByToken.get(token);
  if (known !== undefined) return known;
  const bits = oracleInfo(token);
  informationByToken.set(token, bits);
  return bits;
};

export type Prepared = {
  readonly rules: TraceRules;
  readonly output: readonly string[];
  readonly prompt: readonly string[];
  /** By contribution id; what is not eligible, or not yet added, is empty. */
  readonly corpus: readonly (readonly (readonly string[])[])[];
  readonly commons: ReadonlySet<number>;
  /** By contribution id, of those that are no commons. */
  readonly origins: readonly (OracleOrigin | undefined)[];
};

export const prepare = (given: FuzzCase, added: readonly Contribution[]): Prepared => {
  const textOf = (words: Words): readonly string[] =>
    oracleTokens(words.join(given.glue), given.rules.version);
  const corpus: (readonly (readonly string[])[])[] = [];
  const origins: (OracleOrigin | undefined)[] = [];
  for (const { contribution, items, brought } of added) {
    while (corpus.length < contribution) corpus.push([]);
    corpus.push(items.map(textOf));
    origins[contribution] = brought ?? undefined;
  }
  return {
    rules: given.rules,
    output: textOf(given.output),
    prompt: textOf(given.prompt),
    corpus,
    origins,
    commons: new Set(
      added.filter(({ index }) => isCommonsPlace(index)).map(({ contribution }) => contribution),
    ),
  };
};

export const answerOf = ({ rules, output, prompt, corpus, commons, origins }: Prepared): OracleAnswer =>
  oracleTrace({
    version: rules.version,
    output,
    prompt,
    corpus,
    commons,
    origins,
    imin: rules.matchBitsMin,
    lmin: rules.matchTokensMin,
    lmax: rules.matchTokensMax,
    promptMin: rules.promptMin,
    info: information,
  });
