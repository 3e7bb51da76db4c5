/** The watcher's part for contributions: it reviews what each has declared about its text, once it is accepted. */

import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import type { EventType } from '../../../state/events.ts';
import type { AttributionParams } from '../../../state/params.ts';
import type { ChallengeTarget } from '../../../state/tx/challenge-target.ts';
import { proveContribution, proveNoItem, proveText } from '../../attribution/evidence/chunks.ts';
import { proveNovelRuns, provePassages } from '../../attribution/evidence/declared.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { type KnownOutputs, refuteContribution } from '../../attribution/prover/contribution-prover.ts';
import { contributionWitness } from '../../attribution/prover/contribution-witness.ts';
import { pages } from '../../client/pages.ts';
import { type Height, toHeight } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { minBig } from '../../lib/math.ts';
import type { Challenger } from '../challenge/challenger.ts';
import type { Reviewers } from '../challenge/review.ts';
import { fetchDeclarations } from '../corpus/declarations.ts';
import { itemEvidence, type KnownContribution, partOf } from '../corpus/text-cache.ts';
import type { ServiceContext } from '../run/service.ts';
import { AwaitedMemory } from './awaited-outputs.ts';
import { type DatanetTextCache, type DatanetTexts, openDatanetTexts } from './datanet-texts.ts';
import { AGAIN_BLOCKS } from './late-texts.ts';
import { OutputsMemory, SeenOutputs } from './seen-outputs.ts';

const WatchedContribution = Type.Object({
  contribution: Type.Integer(),
  /** Whether it was just accepted. Then later contributions are reviewed again, as they may hold its words. */
  isNew: Type.Boolean(),
});

export const ContributionsMemory = Type.Object({
  watched: Type.Array(WatchedContribution),
  outputs: OutputsMemory,
  /** Absent in what an earlier version has stored. */
  awaited: Type.Optional(AwaitedMemory),
});
type Memory = Static<typeof ContributionsMemory>;

/** The time for which contributions are reviewed before claims have their turn again, whose windows are short. */
const TURN_MS = 300;

type Contribution = ResultOf<'contribution_get'>;

type Due = {
  /** The height from which on it is reviewed. */
  readonly at: bigint;
  readonly isNew: boolean;
  /** If it was confirmed before: the height of the first output that has arrived since. */
  readonly outputsFrom?: bigint;
};

const targetOf = (contribution: ContributionId): ChallengeTarget => ({
  type: 'contribution',
  value: { contribution },
});

/**
 * Whether a contribution has to be reviewed. If it was confirmed and only outputs are new, what may be struck are novel
 * runs that are left, for an output of a block before its commit. There is no window for that.
 */
const mayBeHarvested = ({ committedAt, novelTokensLeft }: Contribution, { outputsFrom }: Due): boolean =>
  outputsFrom === undefined || (committedAt !== null && committedAt > outputsFrom && novelTokensLeft !== 0n);

export class WatchedContributions {
  static readonly EVENTS: readonly EventType[] = ['contributionAccepted', 'receiptsRecorded'];

  readonly #context: ServiceContext;
  readonly #reviewers: Reviewers;
  readonly #challenger: Challenger;
  readonly #datanetTexts: DatanetTextCache;
  readonly #outputs: SeenOutputs;
  /** The contributions that are reviewed, by contribution id. */
  readonly #due = new Map<number, Due>();
  /** The earlier texts that were missing when a contribution was compared with the others, by contribution id. */
  readonly #lacking = new Map<number, string>();
  /** The number of outputs whose texts were missing after the last round. */
  #awaited = 0;

  constructor(
    context: ServiceContext,
    reviewers: Reviewers,
    challenger: Challenger,
    memory: Memory | undefined,
  ) {
    this.#context = context;
    this.#reviewers = reviewers;
    this.#challenger = challenger;
    this.#datanetTexts = openDatanetTexts(context.client, reviewers.textCache);
    this.#outputs = new SeenOutputs(context.client, reviewers.textCache, memory?.outputs, memory?.awaited);
    for (const { contribution, isNew } of memory?.watched ?? [])
      this.#due.set(contribution, { at: 0n, isNew });
  }

  memory(): Memory {
    const watched = [...this.#due].map(([contribution, { isNew }]) => ({ contribution, isNew }));
    return { watched, outputs: this.#outputs.memory(), awaited: this.#outputs.awaited.memory() };
  }

  see(events: readonly ChainEvent[]): void {
    this.#outputs.see(events);
    for (const { type, data } of events)
      if (type === 'contributionAccepted') this.#due.set(data.contribution, { at: 0n, isNew: true });
  }

  async work(height: Height): Promise<void> {
    const end = performance.now() + TURN_MS;
    await this.#lookForOutputs(height);
    const pending = new Set<DatanetId>();
    for (const [contribution, due] of this.#due) {
      this.#context.signal.throwIfAborted();
      if (performance.now() > end) break;
      if (due.at <= height && !this.#challenger.isBusy(targetOf(contribution)))
        await this.#review(contribution, due, height, pending);
    }
    this.#logAwaited();
  }

  /** Looks for outputs whose texts were missing, and has contributions compared with those that have arrived. */
  async #lookForOutputs(height: Height): Promise<void> {
    const { arrived, letGo } = await this.#outputs.look(height);
    if (letGo > 0)
      this.#context.log.warn(
        'incomplete',
        'texts of outputs have not arrived, and are no longer waited for',
        {
          outputs: letGo,
        },
      );
    for (const [datanet, outputs] of Map.groupBy(arrived, (each) => each.datanet)) {
      const from = outputs.map(({ output }) => output.height).reduce((a, b) => minBig(a, b), height);
      await this.#reviewAgain(datanet, from);
      for (const each of outputs) this.#outputs.awaited.forget(each);
    }
  }

  /** Has the accepted contributions of a Datanet reviewed that an output from this height on may speak against. */
  async #reviewAgain(datanet: DatanetId, outputsFrom: bigint): Promise<void> {
    for await (const page of pages(this.#context.client, 'contribution_listRevealed', { datanet }))
      for (const { contribution, stage } of page.contributions) {
        if (stage !== 'accepted') continue;
        this.#lacking.delete(contribution);
        const due = this.#due.get(contribution) ?? { at: 0n, isNew: false, outputsFrom };
        this.#due.set(contribution, { ...due, at: 0n });
      }
  }

  #logAwaited(): void {
    const outputs = this.#outputs.awaited.size;
    if (outputs > 0 && this.#awaited === 0)
      this.#context.log.warn(
        'incomplete',
        'texts of outputs are missing: contributions are compared with them once they arrive',
        { outputs },
      );
    this.#awaited = outputs;
  }

  /** @param pending - the Datanets whose texts are pending in this round, so that those of each are reviewed in order */
  async #review(
    contribution: ContributionId,
    due: Due,
    height: Height,
    pending: Set<DatanetId>,
  ): Promise<void> {
    const { client, log } = this.#context;
    const { isNew } = due;
    const record = await client.call('contribution_get', { contribution });
    if (record.stage !== 'accepted' || !mayBeHarvested(record, due)) {
      this.#forget(contribution);
      return;
    }
    if (pending.has(record.datanet)) return;
    const { attribution } = await this.#reviewers.tracers.params();
    const texts = await this.#datanetTexts.read(record.datanet, attribution);
    // It stays due: there is no window for this review, so it is made once, when all that is there has arrived.
    if (texts === 'pending') {
      pending.add(record.datanet);
      return;
    }
    const known = texts.contributions.get(contribution);
    if (known === undefined) {
      this.#due.set(contribution, { at: height + AGAIN_BLOCKS, isNew });
      return;
    }
    for (const later of isNew ? texts.contributions.keys() : [])
      if (later > contribution && !this.#due.has(later)) this.#due.set(later, { at: 0n, isNew: false });
    const lacking = texts.missing.filter((each) => each < contribution).join();
    if (lacking !== '' && this.#lacking.get(contribution) === lacking) {
      this.#due.set(contribution, { at: height + AGAIN_BLOCKS, isNew: false });
      return;
    }
    const outputs = await this.#outputs.known(record.datanet, attribution.copyMin, height);
    if (outputs === 'pending') {
      pending.add(record.datanet);
      return;
    }
    const witnesses = await this.#examine(record, known, { texts, outputs }, attribution);
    if (witnesses.length > 0 || lacking === '')
      log.info('reviewed', 'reviewed a contribution', { contribution, false: witnesses.length });
    // One challenge at a time, then a new review: what one challenge strikes may make others unnecessary.
    for (const witness of witnesses) {
      const sent = await this.#challenger.challenge(targetOf(contribution), witness());
      // Whatever has become of one challenge, the other declarations are as false as they were.
      if (sent === 'given up') continue;
      if (sent === 'logged') this.#forget(contribution);
      else this.#due.set(contribution, { at: 0n, isNew: false });
      return;
    }
    if (lacking === '') {
      this.#forget(contribution);
      return;
    }
    // What it has copied may stand in a text that is missing: without it, nobody can say that all it declares is true.
    log.warn('incomplete', 'a contribution is not confirmed yet: texts before it are missing', {
      contribution,
      missing: lacking,
    });
    this.#lacking.set(contribution, lacking);
    this.#due.set(contribution, { at: height + AGAIN_BLOCKS, isNew: false });
  }

  #forget(contribution: ContributionId): void {
    this.#due.delete(contribution);
    this.#lacking.delete(contribution);
  }

  /** Returns the witnesses against the declarations of a contribution that are false, each made when it is asked for. */
  async #examine(
    { contribution, committedAt, content, novelTokensLeft }: Contribution,
    { items, itemRoots }: KnownContribution,
    { texts, outputs }: { readonly texts: DatanetTexts; readonly outputs: readonly KnownOutputs[] },
    params: AttributionParams,
  ): Promise<readonly (() => Witness)[]> {
    const declared = (await fetchDeclarations(this.#context.client, [contribution])).get(contribution);
    invariant(
      declared !== undefined && committedAt !== null && content !== null,
      'an accepted contribution was revealed',
    );
    const { declaration } = declared;
    const { struck } = declared.struckPassages(toHeight(BigInt(Number.MAX_SAFE_INTEGER)));
    const passages = derivePassages(declaration).passages;
    const findings = refuteContribution({
      contribution,
      committedAt,
      itemCount: content.items,
      declaration,
      struckPassages: struck,
      // If all runs were struck together, by a fault of their owner, the chain does not list them one by one.
      struckRuns: novelTokensLeft === 0n ? new Set(declaration.novelRuns.keys()) : declared.struckRuns,
      items,
      datanet: texts.index,
      source: (of, item) => texts.contributions.get(of)?.items[item]?.tokens,
      outputs,
      rules: {
        version: texts.rules,
        matchTokensMin: params.lMin,
        matchTokensMax: params.lMax,
        matchBitsMin: params.iMin,
        copyMin: params.copyMin,
      },
      table: infoTable(),
    });
    const item = (of: ContributionId, item: number) => {
      const contribution = texts.contributions.get(of);
      const known = contribution === undefined ? undefined : partOf(contribution, item);
      if (known !== undefined)
        return { open: itemEvidence(known, item).open, tokens: known.text.tokens.count };
      return { open: () => proveNoItem(proveContribution(itemRoots), item), tokens: 0 };
    };
    return findings.map(
      (finding) => () =>
        contributionWitness(finding, {
          context: rulesOf(texts.rules).context,
          contribution,
          declaration,
          item,
          passages: provePassages(passages).open,
          novelRun: proveNovelRuns(declaration.novelRuns).open,
          output: (batch, index) => {
            const text = this.#outputs.text(batch, index);
            invariant(text !== undefined, 'a harvested run comes from an output that was indexed');
            const info = rulesOf(texts.rules).informationOf(infoTable(), text.tokens);
            return proveText(text, info, OUTPUT_TOKENS_MAX).open;
          },
        }),
    );
  }
}
