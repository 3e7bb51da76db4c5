/** Reads the final state of the chain from a node to which nothing was submitted. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { splitFee } from '../../state/attribution/fees.ts';
import { CHUNK_TOKENS } from '../../state/attribution/parameters.ts';
import type { Params } from '../../state/params.ts';
import { chargeOfReceipt } from '../../state/tx/receipt.ts';
import type { SettledReceipt } from './checks.ts';
import { type ContentReader, openContent } from './content.ts';
import { callAll } from './ledger.ts';
import type { ServedBatch } from './serve.ts';

/** A settled receipt with its texts and with the attribution that the chain computed from its claim. */
export type ReadReceipt = SettledReceipt & {
  readonly model: ModelId;
  readonly outputText: string;
  readonly covered: number;
  readonly total: number;
  /** All that the payer owes for it, in base units. */
  readonly charge: bigint;
  /** D: the data money of it, in base units. */
  readonly data: bigint;
  readonly final: boolean;
  readonly attribution: ResultOf<'attribution_get'>;
};

const readBatch = async (
  node: RpcClient,
  content: ContentReader,
  { id }: ServedBatch,
  shares: Params['shares'],
): Promise<readonly ReadReceipt[]> => {
  const { bodies } = await node.call('receipt_getBatch', { batch: id });
  // Texts that have not arrived yet are waited for: without them the attribution shows none.
  const inferences = await content.inferences(bodies.map(({ texts }) => texts));
  const attributions = await callAll(
    node,
    'attribution_get',
    bodies.map((_, i) => ({ id: `${id}/${i}` })),
  );
  return bodies.flatMap(({ model, body }, i): readonly ReadReceipt[] => {
    const attribution = attributions[i];
    const inference = inferences[i];
    if (attribution === undefined || inference === undefined) return [];
    const { output: outputText, spans, sections, settlement, final } = attribution;
    if (outputText === null)
      throw new CodedError(
        fault('DEMO_CONTENT', `the output of receipt ${attribution.receipt} is not available`),
      );
    const { covered, total } = settlement.outcome;
    return [
      {
        id: attribution.receipt,
        model,
        outputText,
        ...inference,
        spans: spans.map(({ start, end, contribution, owner }) => ({
          start,
          end,
          contribution,
          paid: owner !== null,
        })),
        phrases: sections.flatMap(({ picks }) =>
          picks.flatMap(({ contribution, item, chunk, phrases }) =>
            phrases.map(({ at, end, place }) => ({
              start: at,
              end: end ?? at,
              contribution,
              item,
              pos: chunk * CHUNK_TOKENS + place,
            })),
          ),
        ),
        covered,
        total,
        data: splitFee(body.fee, shares).data,
        charge: chargeOfReceipt(body),
        final,
        attribution,
      },
    ];
  });
};

export const readReceipts = async (
  node: RpcClient,
  batches: readonly ServedBatch[],
  shares: Params['shares'],
  progress: (text: string) => void,
): Promise<readonly ReadReceipt[]> => {
  const out: ReadReceipt[] = [];
  const content = openContent(node, progress);
  for (const batch of batches) out.push(...(await readBatch(node, content, batch, shares)));
  return out;
};

/** Returns the state roots of all nodes after the same height, each from the state that the node executed itself. */
export const commonRoots = async (
  nodes: readonly RpcClient[],
): Promise<{ readonly height: string; readonly stateRoots: readonly string[] }> => {
  const byHeight = new Map<string, Map<number, string>>();
  for (;;) {
    const statuses = await Promise.all(nodes.map((node) => node.call('node_status')));
    for (const [node, { height, stateRoot }] of statuses.entries()) {
      const name = height.toString();
      const seen = byHeight.get(name) ?? new Map<number, string>();
      byHeight.set(name, seen.set(node, toHex(stateRoot)));
      if (seen.size === nodes.length)
        return { height: name, stateRoots: nodes.map((_, each) => seen.get(each) ?? '') };
    }
    await sleep(30);
  }
};
