/**
 * With `--lie`: the second attestor settles one more answer falsely. The watcher that has run all along finds it; the first
 * attestor settles the answer again. The lie is that of `openledger devnet --liar`.
 */

import { type Ground, groundOf, untilThere } from '../../src/cli/liar/ground.ts';
import { type Fall, outcomeOf, paidRightly, type Righted } from '../../src/cli/liar/outcome.ts';
import type { Program } from '../../src/cli/liar/programs.ts';
import { settleFalsely, type ToldLie } from '../../src/cli/liar/settle-falsely.ts';
import {
  answerStep,
  fallStep,
  lieStep,
  lieToJson,
  paidStep,
  type Step,
  witnessStep,
} from '../../src/cli/liar/story.ts';
import { addressBook } from '../../src/cli/names.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { parseAddress } from '../../src/lib/secp256k1.ts';
import { formatOpen } from '../../state/tx/action.ts';
import type { Actor, Actors } from './actors.ts';
import type { Check } from './checks.ts';
import type { DevnetReady } from './devnet-ready.ts';
import type { Ledger } from './ledger.ts';
import type { RegisteredModel } from './models.ts';
import { heading } from './report.ts';
import { type Inference, type ServedBatch, serve } from './serve.ts';

const LIAR = 'attestor-2';

export type FallenLie = {
  readonly told: ToldLie;
  readonly fall: Fall;
  readonly righted: Righted;
  /** The batches of the answers that were lied about: more than one if the watcher was too slow for the window. */
  readonly batches: readonly ServedBatch[];
  readonly steps: readonly Step[];
};

export type LieStage = {
  readonly ledger: Ledger;
  readonly ready: DevnetReady;
  readonly actors: Actors;
  readonly model: RegisteredModel;
  /** What the model was asked and has answered: one of these is asked again. */
  readonly inferences: readonly Inference[];
  readonly attestor: Program;
  readonly startAttestor: () => Program;
};

const everyone = (actors: Actors): readonly Actor[] => [
  actors.bank,
  actors.founder,
  ...actors.reviewers,
  actors.trainer,
  actors.provider,
  actors.student,
  actors.auditor,
  actors.attestor,
  ...actors.contributors,
  ...actors.authors.values(),
  actors.copyist,
];

const groundIn = ({ ledger, ready, actors }: LieStage, progress: (text: string) => void): Ground => {
  const book = addressBook([
    ...everyone(actors),
    ...ready.accounts.map(({ name, address }) => ({ name, address: unwrap(parseAddress(address)) })),
  ]);
  const { signal } = new AbortController();
  return groundOf(ready.accounts, { client: ledger.writer, label: book.label, progress, signal });
};

export const tellLie = async (stage: LieStage, progress: (text: string) => void): Promise<FallenLie> => {
  const { ledger, actors, model, inferences, attestor, startAttestor } = stage;
  const ground = groundIn(stage, progress);
  const { label } = ground;
  // The honest attestor would settle the answer before the liar.
  await attestor.stop();
  const batches: ServedBatch[] = [];
  for (const inference of inferences) {
    progress('one more answer is given, and the second attestor settles it');
    const who = { provider: actors.provider, payer: actors.auditor };
    const [batch] = await serve(ledger, who, model, [inference]);
    if (batch === undefined) break;
    batches.push(batch);
    const told = await settleFalsely(ground, LIAR, `${batch.id}/0`);
    if (told === undefined) continue;
    const fall = await outcomeOf(ground, told, 'the watcher');
    // The machine was too slow for the window, or somebody has demanded the text and nobody has answered: it lies again.
    if (fall === 'final' || fall === 'unanswered') continue;
    startAttestor();
    const righted = await paidRightly(ground, told);
    await untilThere(ground, 'the other answers', async () =>
      (
        await Promise.all(batches.map(({ id }) => ledger.reader.call('receipt_get', { id: `${id}/0` })))
      ).every(({ status }) => status === 'final')
        ? true
        : undefined,
    );
    const steps = [
      answerStep(told, { name: model.name, prompt: inference.prompt }, label),
      lieStep(told, label),
      witnessStep(fall, told, `openledger watch, run by ${label(fall.challenger)},`),
      fallStep(fall, told, label),
      paidStep(righted, told, label),
    ];
    return { told, fall, righted, batches, steps };
  }
  throw new CodedError(
    fault('DEMO_LIE', `none of ${batches.length} lies about ${model.name} was refuted while it could be`),
  );
};

export const stepsText = (steps: readonly Step[]): string =>
  steps.flatMap(({ title, lines }) => [heading(title), ...lines.map((each) => `  ${each}`)]).join('\n');

export const lieSummary = ({ told, fall, righted }: FallenLie) => lieToJson(told, fall, righted);

/** Checks that one message took the bond behind the lie, and that the contributors are paid as the texts say. */
export const lieHasFallen = (
  { told, fall, righted }: FallenLie,
  { founder, attestor }: Pick<Actors, 'founder' | 'attestor'>,
): Check => ({
  name: 'a false settlement costs its bond, and contributors are paid rightly all the same',
  premise: 'lie that the watcher has refuted',
  cases: 1,
  holds:
    fall.slashed === told.bond &&
    fall.challenger === toHex(founder.address) &&
    righted.attestor === toHex(attestor.address) &&
    righted.isRight,
  detail: `a witness of ${fall.witness.bytes} bytes took ${formatOpen(fall.slashed)} OPEN; paid for their words in that answer: ${righted.paid.length} of the contributors`,
});
