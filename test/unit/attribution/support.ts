import { readFileSync } from 'node:fs';
import { unwrap } from '../../../src/lib/errors.ts';
import { type Tokens, tokenizeText } from '../../../state/attribution/pt1.ts';

export const vectorLines = <T>(name: 'pt1.jsonl' | 'trace.jsonl'): T[] =>
  readFileSync(new URL(`../../vectors/attribution/${name}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

export const tokensOf = (text: string): Tokens => unwrap(tokenizeText(text));
