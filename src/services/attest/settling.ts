/** Traces the open receipts of one batch from their texts, and makes an attestor's claims of the results. */

import pMap from 'p-map';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { Salted } from '../../../state/attribution/commitment.ts';
import type { ReceiptClaim } from '../../../state/tx/attribution-settlement.ts';
import type { Height } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import type { TextCache } from '../corpus/text-cache.ts';
import { modelOwner } from '../corpus/text-requests.ts';
import type { ModelTracer, Tracers } from '../corpus/tracers.ts';
import type { Log } from '../run/report.ts';

type Batch = ResultOf<'receipt_getBatch'>;

/** Why a receipt cannot be settled yet. `pending`: a text is requested, and nobody knows yet whether it is missing. */
export type Unsettled = 'uncalibrated' | 'pending' | 'withheld' | 'malformed' | 'incomplete' | 'refused';

export type Work = {
  /** The claims, ascending by index. */
  readonly claims: readonly ReceiptClaim[];
  readonly left: ReadonlyMap<Unsettled, readonly number[]>;
  /** The ids of the contributions whose texts are missing, so that some receipts cannot be settled. */
  readonly withheld: readonly number[];
};

/** The most traces at a time: enough that no thread of the index waits for the next one. */
const TRACES_AT_ONCE = 8;
/** The time between two log lines about the progress of a batch. */
const PROGRESS_MS = 5_000;

/** Whether a text has as many tokens and bytes as its receipt declares. */
const isDeclared = ({ tokens, source }: Salted, count: number, bytes: number): boolean =>
  tokens.count === count && source.length === bytes;

/**
 * Traces the open receipts of a batch, in their order, until it has claims for `most` of them.
 * @param asOf - the height that the settlement names: what is void or struck by then does not count
 * @param signal - ends the work: its reason is thrown
 * @param isRefused - whether the chain has refused exactly this claim: it would refuse it again
 */
export const traceBatch = async (
  {
    textCache,
    tracers,
    log,
    signal,
    most,
    asOf,
    isRefused,
  }: {
    readonly textCache: TextCache;
    readonly tracers: Tracers;
    readonly log: Log;
    readonly signal: AbortSignal;
    readonly most: number;
    readonly asOf: Height;
    readonly isRefused: (claim: ReceiptClaim) => boolean;
  },
  batch: Batch,
): Promise<Work> => {
  const left = new Map<Unsettled, number[]>();
  const leave = (why: Unsettled, index: number): readonly ReceiptClaim[] => {
    const those = left.get(why);
    if (those === undefined) left.set(why, [index]);
    else those.push(index);
    return [];
  };
  const open = batch.open.flatMap((index) => {
    const receipt = batch.bodies[index];
    return receipt === undefined ? [] : [{ index, ...receipt }];
  });
  // Nobody but the parties can settle what is private, and the chain refuses it.
  const shown = open.filter(({ body }) => body.visibility === 'public');
  const roots = shown.map(({ texts }) => texts);
  const found = await textCache.inferences(roots, 'usual', modelOwner(shown[0]?.model ?? 0));
  const inferences = new Map(roots.map((root, i) => [toHex(root), found[i]]));
  const tracerOf = new Map<string, ModelTracer | undefined>();
  for (const { model, version } of shown)
    if (!tracerOf.has(`${model}/${version}`))
      tracerOf.set(`${model}/${version}`, await tracers.tracer(model, version, asOf));
  let loggedAt = performance.now();
  let traced = 0;
  let claimed = 0;
  const trace = async ({ index, model, version, body, texts }: (typeof open)[number]) => {
    signal.throwIfAborted();
    if (claimed >= most) return [];
    const tracer = tracerOf.get(`${model}/${version}`);
    const inference = inferences.get(toHex(texts));
    traced += 1;
    if (performance.now() - loggedAt > PROGRESS_MS) {
      loggedAt = performance.now();
      log.info('tracing', 'tracing receipts', { batch: batch.batch, traced, open: shown.length });
    }
    if (tracer === undefined) return leave('uncalibrated', index);
    if (inference === undefined && textCache.isPending(texts)) return leave('pending', index);
    if (inference === undefined || inference.rules !== body.rules) return leave('withheld', index);
    const { output, prompt } = inference;
    if (
      !isDeclared(output, body.tokensOut, body.bytesOut) ||
      !isDeclared(prompt, body.tokensIn, body.bytesIn)
    )
      return leave('malformed', index);
    // Somebody who has all texts may find an earlier owner and challenge the claim.
    if (tracer.withheld.length > 0)
      return leave(tracer.missing().length > 0 ? 'incomplete' : 'pending', index);
    const { claim, sections } = await tracer.trace({ output: output.tokens, prompt: prompt.tokens });
    const made = { index, claim, sections };
    if (isRefused(made)) return leave('refused', index);
    claimed += 1;
    return [made];
  };
  const claims = (await pMap(shown, trace, { concurrency: TRACES_AT_ONCE })).flat();
  const withheld = [...tracerOf.values()].flatMap((tracer) => tracer?.missing() ?? []);
  // Those that were traced at the same time may be more.
  return { claims: claims.slice(0, most), left, withheld };
};
