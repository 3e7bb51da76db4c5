/** An attestor's claims for the receipts of one batch: what is pending of it, traced from the texts. */
import { setImmediate } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/registry.ts';
import type { ReceiptClaim } from '../../state/modules/settlements.ts';
import type { Library } from './library.ts';
import type { Teller } from './report.ts';
import type { Studies, Study } from './studies.ts';

type Batch = ResultOf<'receipt_getBatch'>;

/** Why a receipt is left alone for now. */
export type Unsettled = 'uncalibrated' | 'withheld' | 'malformed' | 'incomplete';

export type Work = {
  /** Ascending by index. */
  readonly claims: readonly ReceiptClaim[];
  readonly left: ReadonlyMap<Unsettled, readonly number[]>;
};

/** How often a long piece of work says how far it is. */
const PROGRESS_MS = 5_000;

/** @param signal - ends the work; it throws its reason */
export const traceBatch = async (
  {
    library,
    studies,
    tell,
    signal,
  }: {
    readonly library: Library;
    readonly studies: Studies;
    readonly tell: Teller;
    readonly signal: AbortSignal;
  },
  batch: Batch,
): Promise<Work> => {
  const left = new Map<Unsettled, number[]>();
  const leave = (why: Unsettled, index: number): void => {
    const those = left.get(why);
    if (those === undefined) left.set(why, [index]);
    else those.push(index);
  };
  const open = batch.pending.flatMap((index) => {
    const receipt = batch.bodies[index];
    return receipt === undefined ? [] : [{ index, ...receipt }];
  });
  const outputs = await library.texts(open.map(({ body }) => body.outputRoot));
  const prompts = await library.texts(open.map(({ body }) => body.promptRoot));
  const studied = new Map<string, Study | undefined>();
  const claims: ReceiptClaim[] = [];
  let told = performance.now();
  for (const [i, { index, model, version, body }] of open.entries()) {
    signal.throwIfAborted();
    const key = `${model}/${version}`;
    if (!studied.has(key)) studied.set(key, await studies.study(model, version));
    const study = studied.get(key);
    const output = outputs[i];
    const prompt = prompts[i];
    if (study === undefined) leave('uncalibrated', index);
    else if (output === undefined || prompt === undefined) leave('withheld', index);
    else if (output.count !== body.tokensOut || prompt.count !== body.tokensIn) leave('malformed', index);
    // Somebody with all the texts would find an earlier owner, and challenge.
    else if (study.withheld.length > 0) leave('incomplete', index);
    else claims.push({ index, claim: (await study.trace({ output, prompt })).claim });
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      tell.info('tracing', 'tracing receipts', { batch: batch.batch, traced: i + 1, pending: open.length });
      await setImmediate();
    }
  }
  return { claims, left };
};
