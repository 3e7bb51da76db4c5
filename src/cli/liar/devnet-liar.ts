/** `openledger devnet --liar`: a lie is told on the chain of the devnet, and refuted by a watcher or by hand. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Devnet } from '../../../node/devnet/devnet.ts';
import { createRpcClient } from '../../client/rpc-client.ts';
import { CodedError, toFault, unwrap } from '../../lib/errors.ts';
import { makeDirectory } from '../../lib/files.ts';
import { parseAddress } from '../../lib/secp256k1.ts';
import { fault } from '../errors.ts';
import { addressBook } from '../names.ts';
import { quoted } from '../shell.ts';
import { type Ground, groundOf } from './ground.ts';
import { outcomeOf, paidRightly } from './outcome.ts';
import { type Program, startProgram } from './programs.ts';
import { CAST, type LiedAbout, openScene, recordAnswer } from './scene.ts';
import { settleFalsely, type ToldLie } from './settle-falsely.ts';
import {
  answerStep,
  fallStep,
  lieStep,
  lieToJson,
  paidStep,
  type Step,
  unseenStep,
  witnessStep,
} from './story.ts';
import { BY_HAND_WINDOW } from './windows.ts';

export type LiarOptions = {
  readonly devnet: Devnet;
  /** Whether `openledger watch` runs; otherwise the lie is left to the person at the terminal. */
  readonly isWatched: boolean;
  readonly say: (step: Step) => void;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
};

const groundIn = ({ devnet, progress, signal }: LiarOptions): Ground => {
  const names = devnet.accounts.map(({ name, address }) => ({
    name,
    address: unwrap(parseAddress(address)),
  }));
  const client = createRpcClient(devnet.nodes[0]?.rpc ?? '');
  return groundOf(devnet.accounts, { client, label: addressBook(names).label, progress, signal });
};

/** @throws CodedError `ARGUMENT_INVALID` if nobody could challenge by hand in the window of an older chain */
const checkWindow = async ({ client }: Ground): Promise<void> => {
  const { attribution, blocks } = await client.call('chain_getParams');
  const { challengeWindow } = attribution;
  if (challengeWindow < BY_HAND_WINDOW / 2)
    throw new CodedError(
      fault(
        'ARGUMENT_INVALID',
        `--no-watcher: a claim on this chain can be challenged for ${challengeWindow} blocks only, about ${(challengeWindow * blocks.commitPauseMs) / 1000} s, which is too short for a person; choose a new --home`,
      ),
    );
};

/** Writes the texts in question to files that `openledger trace` takes. @returns the command */
const traceCommand = (
  home: string,
  { answer, truth, claimed }: ToldLie,
  { prompt, output }: LiedAbout,
): string => {
  const folder = join(home, 'liar');
  makeDirectory(folder);
  const path = (name: string): string => join(folder, name);
  const rows = [truth, claimed]
    .toSorted((a, b) => a.contribution - b.contribution)
    .map(({ contribution, words }) => JSON.stringify({ contribution, text: words }));
  writeFileSync(path('corpus.jsonl'), `${rows.join('\n')}\n`);
  writeFileSync(path('prompt.txt'), prompt);
  writeFileSync(path('output.txt'), output === '' ? answer.words : output);
  return `npx openledger trace --corpus ${quoted(path('corpus.jsonl'))} --field text --prompt ${quoted(path('prompt.txt'))} --output ${quoted(path('output.txt'))}`;
};

const turnStep = (told: ToldLie, about: LiedAbout, home: string, isWatched: boolean): Step => {
  const at = `--home ${quoted(home)}`;
  const look = [
    'See what the attestor claims:',
    `  npx openledger explain ${told.receipt} ${at}`,
    'Trace the answer to the words of both contributions yourself:',
    `  ${traceCommand(home, told, about)}`,
  ];
  if (isWatched) return { title: 'look at it yourself', lines: look };
  return {
    title: 'your turn',
    lines: [
      `Nobody watches this chain. The lie can be refuted until block ${told.finalAt}.`,
      ...look,
      'Find what is false, and send nothing:',
      `  npx openledger challenge ${told.receipt} ${at} --dry-run`,
      'Refute it with one message:',
      `  npx openledger challenge ${told.receipt} ${at} --key ${CAST.challenger}`,
    ],
  };
};

/** Has a lie told and refuted, and says each step. @returns the summary, as JSON */
export const runLiar = async (options: LiarOptions): Promise<ReturnType<typeof lieToJson>> => {
  const { devnet, isWatched, say, progress, signal } = options;
  const ground = groundIn(options);
  const { label } = ground;
  if (!isWatched) await checkWindow(ground);
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const running = new Map<string, Program>();
  const start = (verb: string, key: string): Program => {
    const known = running.get(verb);
    if (known !== undefined) return known;
    const program = startProgram(verb, ['--home', devnet.home, '--key', key]);
    program.died.catch(broken.reject);
    running.set(verb, program);
    return program;
  };
  const stop = async (verb: string): Promise<void> => {
    await running.get(verb)?.stop();
    running.delete(verb);
  };
  const story = async (): Promise<ReturnType<typeof lieToJson>> => {
    const about = await openScene(ground, () => start('attest', CAST.attestor));
    // The honest attestor would settle the receipt before the liar.
    await stop('attest');
    // Its first line says that it is at work.
    if (isWatched) await start('watch', CAST.challenger).first;
    for (;;) {
      progress(`${CAST.provider} gives an answer, which ${CAST.payer} pays for`);
      const receipt = await recordAnswer(ground, about);
      const told = await settleFalsely(ground, CAST.liar, receipt).catch((error: unknown) => {
        const { code } = toFault(error);
        if (code !== 'SETTLEMENT_TAKEN') throw error;
        progress('an honest attestor was first; stop "openledger attest", or there is nothing to lie about');
        return 'taken' as const;
      });
      if (told === 'taken') continue;
      if (told === undefined)
        throw new CodedError(
          fault(
            'ARGUMENT_INVALID',
            `--liar: the answers of model ${about.model} repeat nobody's words; choose a new --home`,
          ),
        );
      say(answerStep(told, about, label));
      say(lieStep(told, label));
      if (!isWatched) say(turnStep(told, about, devnet.home, isWatched));
      const fall = await outcomeOf(ground, told, isWatched ? 'the watcher' : 'your challenge');
      if (fall === 'final') {
        say(unseenStep(told, label));
        continue;
      }
      if (fall === 'unanswered') {
        progress(
          'a text was demanded, and nobody answered, so the lie was reverted unread; another answer follows',
        );
        continue;
      }
      say(
        witnessStep(
          fall,
          told,
          isWatched ? `openledger watch, run by ${label(fall.challenger)},` : `${label(fall.challenger)}`,
        ),
      );
      say(fallStep(fall, told, label));
      start('attest', CAST.attestor);
      const righted = await paidRightly(ground, told);
      say(paidStep(righted, told, label));
      if (isWatched) say(turnStep(told, about, devnet.home, isWatched));
      return lieToJson(told, fall, righted);
    }
  };
  try {
    return await Promise.race([story(), broken.promise]);
  } finally {
    await Promise.all([...running.keys()].map(stop));
    signal.throwIfAborted();
  }
};
