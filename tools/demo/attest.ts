/**
 * The attestor: learns from the chain what may be traced and what was receipted, reads the texts from a node that nobody
 * gave them to, traces, and settles.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/registry.ts';
import { type Corpus, corpusOf, traceInference } from '../../src/attribution/attestor.ts';
import type { TraceRules } from '../../src/attribution/tracer.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import { type ReceiptClaim, ReceiptClaimsType } from '../../state/modules/settlements.ts';
import { attributionSettlement } from '../../state/tx/attribution-settlement.ts';
import type { Actor } from './cast.ts';
import { attemptAll, type Intent, intent, type Ledger } from './ledger.ts';

/** Claims of one settlement, in bytes: leaves room for the rest of the transaction. */
const CLAIM_BYTES = MAX_TRANSACTION_BYTES - 4096;

/** Cut, in their order, so that each piece fits a transaction. */
export const packClaims = (
  claims: readonly ReceiptClaim[],
  limit = CLAIM_BYTES,
): readonly (readonly ReceiptClaim[])[] => {
  const packs: ReceiptClaim[][] = [];
  let bytes = 0;
  for (const claim of claims) {
    const size = ReceiptClaimsType.encode([claim]).length;
    if (packs.length === 0 || bytes + size > limit) {
      packs.push([]);
      bytes = 0;
    }
    packs.at(-1)?.push(claim);
    bytes += size;
  }
  return packs;
};

type ContentObject = ResultOf<'content_get'>;

/** A node that was given nothing has the content some seconds after its peers. */
const CONTENT_TIMEOUT_MS = 60_000;
const CONTENT_PAUSE_MS = 200;

/** Content by its roots, as this node has it or gets it. @throws `DEMO_CONTENT` for what does not come in a minute */
const contentOf = async (node: RpcClient, roots: readonly string[]): Promise<readonly ContentObject[]> => {
  const found = new Map<string, ContentObject>();
  const deadline = performance.now() + CONTENT_TIMEOUT_MS;
  for (let open = [...new Set(roots)]; open.length > 0; open = open.filter((root) => !found.has(root))) {
    if (performance.now() > deadline)
      throw new CodedError(
        fault('DEMO_CONTENT', `${node.url} has ${open.length} of ${roots.length} texts not yet`),
      );
    const results = await attemptAll(
      node,
      'content_get',
      open.map((root) => ({ root })),
    );
    for (const [i, result] of results.entries()) {
      const root = open[i] ?? '';
      if (result.ok) found.set(root, result.value);
      else if (result.fault.code !== 'CONTENT_NOT_FOUND') throw new CodedError(result.fault);
    }
    if (found.size < open.length) await sleep(CONTENT_PAUSE_MS);
  }
  return roots.flatMap((root) => found.get(root) ?? []);
};

/** The texts of roots. @throws `DEMO_CONTENT` for one that is not what it should be */
export const textsOf = async (
  node: RpcClient,
  roots: readonly string[],
  type: 'item' | 'prompt' | 'output',
): Promise<readonly string[]> =>
  (await contentOf(node, roots)).map((object, i) => {
    if (object.type === 'contribution' || object.type !== type)
      throw new CodedError(fault('DEMO_CONTENT', `${roots[i]} is no ${type}`));
    return object.text;
  });

/** More contributions than any model of the demo has. */
const PAGE = 1000;

/** What the attestor knows of a model: all that its outputs may be traced to, and by which rules. */
export type Study = { readonly corpus: Corpus; readonly rules: TraceRules };

/** Reads the model's manifest from the chain, and every contribution of it from this node's content. */
export const study = async (ledger: Ledger, node: RpcClient, model: number): Promise<Study> => {
  const { matchBits } = (await node.call('model_get', { id: model })).floors;
  const eligible = (await node.call('model_getContributions', { id: model, limit: PAGE })).contributions;
  const objects = await contentOf(
    node,
    eligible.map(({ root }) => root),
  );
  const items = objects.map((object) => {
    if (object.type !== 'contribution')
      throw new CodedError(fault('DEMO_CONTENT', 'a root of no contribution'));
    return object.items;
  });
  const texts = (await textsOf(node, items.flat(), 'item')).values();
  const contributions = eligible.map(({ seq }, i) => ({
    seq,
    items: (items[i] ?? []).map((): Tokens => unwrap(tokenizeText(texts.next().value ?? ''))),
  }));
  const { lMin, lMax, promptMin } = ledger.params.attribution;
  const rules = { matchTokensMin: lMin, matchTokensMax: lMax, matchBitsMin: matchBits, promptMin };
  const commons = new Set(eligible.filter((each) => each.commons).map(({ seq }) => seq));
  return { corpus: corpusOf(contributions, commons, rules), rules };
};

/** Traces what is pending of a batch, from the texts that this node has: settlements of all of it. */
export const settlementsOf = async (
  node: RpcClient,
  attestor: Actor,
  { corpus, rules }: Study,
  batch: string,
): Promise<readonly Intent[]> => {
  const { bodies, pending } = await node.call('receipt_getBatch', { batch });
  const open = pending.flatMap((index) => {
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
