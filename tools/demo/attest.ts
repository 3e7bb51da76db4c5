/**
 * The attestor of the demo. It learns from the chain which receipts are open and what their outputs may be traced to,
 * reads the texts from a node to which nothing was uploaded, traces, and settles.
 */

import { traceInference } from '../../src/attribution/attestor.ts';
import { type Corpus, corpusOf } from '../../src/attribution/corpus.ts';
import type { TraceRules } from '../../src/attribution/tracer.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { packClaims } from '../../src/services/attest/packing.ts';
import { eligibleOf } from '../../src/services/corpus/tracers.ts';
import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import type { ReceiptClaim } from '../../state/tx/attribution-settlement.ts';
import { attributionSettlement } from '../../state/tx/attribution-settlement.ts';
import type { Actor } from './actors.ts';
import { itemsOf, textsOf } from './content.ts';
import { type Intent, intent, type Ledger } from './ledger.ts';

/** What the attestor knows of a model: all texts that its outputs may be traced to, and the rules of tracing. */
export type ModelData = { readonly corpus: Corpus; readonly rules: TraceRules };

/**
 * Reads the manifest of a model from the chain, and every contribution in it from the content of this node.
 * @param matchBits - Imin of the model
 */
export const readModelData = async (
  ledger: Ledger,
  node: RpcClient,
  model: ModelId,
  matchBits: number,
): Promise<ModelData> => {
  const eligible = await eligibleOf(node, model);
  const items = await itemsOf(
    node,
    eligible.map(({ root }) => root),
  );
  const contributions = eligible.map(({ contribution }, i) => ({
    contribution,
    items: (items[i] ?? []).map(({ text }): Tokens => unwrap(tokenizeText(text))),
  }));
  const { lMin, lMax, promptMin } = ledger.params.attribution;
  const rules = { matchTokensMin: lMin, matchTokensMax: lMax, matchBitsMin: matchBits, promptMin };
  const commons = new Set(eligible.filter((each) => each.commons).map(({ contribution }) => contribution));
  return { corpus: corpusOf(contributions, commons, rules), rules };
};

/** Traces the open receipts of a batch from the texts that this node has. @returns settlements for all of them */
export const settlementsOf = async (
  node: RpcClient,
  attestor: Actor,
  { corpus, rules }: ModelData,
  batch: string,
): Promise<readonly Intent[]> => {
  const { bodies, open: unsettled } = await node.call('receipt_getBatch', { batch });
  const open = unsettled.flatMap((index) => {
    const receipt = bodies[index];
    return receipt === undefined ? [] : [{ index, ...receipt.body }];
  });
  const prompts = await textsOf(
    node,
    open.map(({ promptRoot }) => promptRoot),
    'prompt',
  );
  const outputs = await textsOf(
    node,
    open.map(({ outputRoot }) => outputRoot),
    'output',
  );
  const claims = open.map(({ index }, i): ReceiptClaim => {
    const inference = { prompt: prompts[i] ?? '', output: outputs[i] ?? '' };
    return { index, claim: traceInference(corpus, inference, rules).claim };
  });
  return packClaims(claims).map((pack) =>
    intent(attestor, attributionSettlement, { batch: unwrap(fromHex(batch, 32)) as Root, claims: pack }),
  );
};
