/**
 * The index of the engine alone: on one thread, in memory. Everything that measures or fuzzes drives an {@link Engine},
 * so that another takes its place by changing {@link openEngine}.
 */

import { Holders } from '../../../src/attribution/engine/holders.ts';
import type { HashKey } from '../../../src/attribution/engine/lexicon.ts';
import type { Scope } from '../../../src/attribution/engine/scope.ts';
import { bytesOf, COMMONS, type Segment } from '../../../src/attribution/engine/segment.ts';
import { SegmentBuilder } from '../../../src/attribution/engine/segment-builder.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { findSections } from '../../../src/attribution/relevance.ts';
import { type SpanTrace, type TraceRules, trace } from '../../../src/attribution/tracer.ts';
import { invariant, unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../../src/lib/ids.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import type { Section } from '../../../state/attribution/relevance.ts';
import {
  RULES_DEFAULT,
  RULES_VERSIONS,
  type RulesVersion,
  rulesOf,
} from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';

export type Contribution = {
  /** Above those of all that were added. */
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  /** The index at which its Datanet accepted it; COMMONS for one without an owner. */
  readonly index: number;
  /** The version of the rules of its Datanet; the usual one if left out. */
  readonly rules?: RulesVersion;
  /** Left out for a commons, or if nobody asks what is shared. */
  readonly brought?: Brought | undefined;
  /** As declared. */
  readonly novelRuns?: readonly NovelRun[] | undefined;
  /** In UTF-8. */
  readonly items: readonly Uint8Array[];
};

export { COMMONS, type Scope };

export type Texts = { readonly output: string; readonly prompt: string };

export interface Engine {
  /** In the order of contribution id. @throws CodedError if a text is not valid UTF-8 */
  add(contributions: readonly Contribution[]): Promise<void>;
  /** Everything added can be traced to from here on. */
  seal(): Promise<void>;
  /** Something else may answer from here on, of what was added; undefined if only what may answer at first is indexed. */
  readonly rescope: ((scope: Scope) => void) | undefined;
  trace(texts: Texts, rules: TraceRules, commons: ReadonlySet<number>): Promise<SpanTrace>;
  /**
   * The chunks that share most with an output, for each of its sections, as if its spans gave nothing to nobody; undefined if it
   * knows no phrases.
   */
  readonly sections: ((texts: Texts, rules: TraceRules) => Promise<readonly Section[]>) | undefined;
  /** Of all that is needed to answer, in memory and in files. */
  indexBytes(): number;
  /** Ends its threads and removes its files, if it has any. */
  close(): Promise<void>;
}

export type Opening = {
  /** Lmin: no shorter match will be asked for. */
  readonly gram: number;
  /** What may answer at first. */
  readonly scope: Scope;
  /** About how many bytes are added before it is sealed first. */
  readonly expectedBytes: number;
  /** What hashes start from, where it matters. */
  readonly key?: HashKey;
  /** As of the engine; below 0 it never trusts its lists to be short. */
  readonly patience?: number;
};

export type OpenEngine = (opening: Opening) => Promise<Engine>;

const KEY: HashKey = { start: 0x1f3d_5b79, multiplier: 0x9e37_79b1 };
/** What is added later comes in small parts. */
const LATER_BYTES = 1e6;

export const openEngine: OpenEngine = async ({ scope: first, expectedBytes, key = KEY, patience }) => {
  let scope = first;
  const segments: Segment[] = [];
  const open = new Map<number, SegmentBuilder>();
  const opened = (): ReadonlyMap<RulesVersion, Holders> =>
    new Map(
      RULES_VERSIONS.map((version) => {
        const { commonsFirst } = rulesOf(version);
        return [version, new Holders(key, segments, { ...scope, commonsFirst }, patience)];
      }),
    );
  let holders = opened();
  return {
    add: async (contributions) => {
      for (const { datanet, ...texts } of contributions) {
        let builder = open.get(datanet);
        if (builder === undefined) {
          builder = new SegmentBuilder(datanet, key, segments.length === 0 ? expectedBytes : LATER_BYTES);
          open.set(datanet, builder);
        }
        unwrap(builder.add({ ...texts, rules: texts.rules ?? RULES_DEFAULT }));
      }
    },
    seal: async () => {
      for (const builder of open.values()) segments.push(builder.finish());
      open.clear();
      holders = opened();
    },
    rescope: (next) => {
      scope = next;
      holders = opened();
    },
    trace: async ({ output, prompt }, rules, commons) => {
      const { tokenizeText } = rulesOf(rules.version);
      const texts = { output: unwrap(tokenizeText(output)), prompt: unwrap(tokenizeText(prompt)) };
      const index = holders.get(rules.version);
      invariant(index !== undefined, 'there is an index for every version');
      return trace(index, infoTable(), texts, rules, commons);
    },
    sections: async (texts, { version }) => {
      const rules = rulesOf(version);
      const output = unwrap(rules.tokenizeText(texts.output));
      const index = holders.get(version);
      invariant(index !== undefined, 'there is an index for every version');
      return findSections(index, {
        rules,
        output,
        prompt: unwrap(rules.tokenizeText(texts.prompt)),
        info: rules.informationOf(infoTable(), output),
        nobodys: new Uint8Array(output.count),
      });
    },
    indexBytes: () => segments.reduce((sum, segment) => sum + bytesOf(segment), 0),
    close: async () => undefined,
  };
};
