/** The engine as a node runs it: its index in files, its work in threads. */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttributionEngine } from '../../../src/attribution/engine/engine.ts';
import type { Trace, TraceRules } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { DatanetId } from '../../../src/lib/ids.ts';
import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import type { Contribution, OpenEngine, Texts } from './engine.ts';

const NO_LIMIT = 2 ** 40;

const byDatanet = (contributions: readonly Contribution[]): ReadonlyMap<number, readonly Contribution[]> =>
  Map.groupBy(contributions, ({ datanet }) => datanet);

/**
 * Keeps its files where the system keeps temporary ones, and adds every batch at once.
 *
 * What it is asked for must be there, so nothing is asked for beyond what was added without a gap.
 *
 * @param threads - that answer; one more adds, and one merges
 */
export const openWholeEngine =
  (threads: number): OpenEngine =>
  async ({ scope: first }) => {
    let scope = first;
    const folder = mkdtempSync(join(tmpdir(), 'openledger-index-'));
    const { engine } = unwrap(await AttributionEngine.open({ folder, memoryLimit: NO_LIMIT, threads }));
    const traced = async (
      { output, prompt }: Texts,
      rules: TraceRules,
      matchBitsMin: number | undefined,
    ): Promise<Trace> => {
      const datanets = new Map(
        [...scope.datanets].map(([datanet, pinned]) => [datanet, Math.min(pinned, heldOf(datanet))]),
      );
      const request = { output, prompt, rules: { ...rules, matchBitsMin }, scope: { ...scope, datanets } };
      return unwrap(await engine.trace(request));
    };
    const heldOf = (datanet: DatanetId): number => {
      const [first] = engine.holdings(datanet).accepted;
      return first?.[0] === 0 ? first[1] : 0;
    };
    return {
      add: async (contributions) => {
        for (const [datanet, each] of byDatanet(contributions))
          unwrap(
            await engine.add(
              datanet,
              each.map((texts) => ({ ...texts, rules: texts.rules ?? RULES_DEFAULT })),
            ),
          );
      },
      seal: () => engine.settled(),
      rescope: (next) => {
        scope = next;
      },
      // What it finds of both kinds: a node asks for both at once.
      trace: (texts, rules) => traced(texts, rules, rules.matchBitsMin),
      sections: async (texts, rules) => (await traced(texts, rules, undefined)).sections,
      indexBytes: () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
      close: async () => {
        await engine.close();
        rmSync(folder, { recursive: true });
      },
    };
  };
