/**
 * The one place where the benchmark and the fuzzer name an engine: everything else drives what is made here, so that
 * another takes its place by changing {@link openEngine}.
 */
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Trace, type TraceRules, trace } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { type Tokens, tokenize } from '../../../state/attribution/pt1.ts';

export type Texts = { readonly output: Tokens; readonly prompt: Tokens };

export interface Engine {
  /** Adds a contribution, its items as UTF-8, after all that were added. @throws if a text is not valid UTF-8 */
  add(seq: number, items: readonly Uint8Array[]): void;
  /** Everything added can be traced to from here on. */
  seal(): Promise<void>;
  trace(texts: Texts, rules: TraceRules, commons: ReadonlySet<number>): Trace;
  /** Ends its threads and removes its files, if it has any. */
  close(): Promise<void>;
}

/** @param gram - Lmin: no shorter match will be asked for */
export type OpenEngine = (gram: number) => Engine;

export const openEngine: OpenEngine = (gram) => {
  const index = new CorpusIndex(gram);
  return {
    add: (seq, items) => {
      for (const [item, text] of items.entries()) index.append(seq, item, unwrap(tokenize(text)));
    },
    seal: async () => undefined,
    trace: (texts, rules, commons) => trace(index, infoTable(), texts, rules, commons),
    close: async () => undefined,
  };
};
