/** A lie in words: each step of it, with the words in question. Texts of strangers are made harmless. */
import { formatOpen } from '../../../state/tx/action.ts';
import { printableLine } from '../../lib/printable.ts';
import type { Fall, Righted } from './outcome.ts';
import type { LiedAbout } from './scene.ts';
import type { QuotedWords, ToldLie } from './settle-falsely.ts';

/** A step of the story: what it is about, and its sentences. */
export type Step = { readonly title: string; readonly lines: readonly string[] };

/** Returns the name of an account. */
type Label = (address: string) => string;

const open = (amount: bigint): string => `${formatOpen(amount)} OPEN`;

/** The most characters of a quotation. */
const QUOTED_MAX = 320;

const cut = (text: string): string => {
  const line = printableLine(text);
  return line.length <= QUOTED_MAX ? line : `${line.slice(0, QUOTED_MAX)} …`;
};

/** The words in brackets, with what stands around them, and with spaces only where the answer has some. */
const bracketed = ({ before, words, after }: ToldLie['answer']): string =>
  `${cut(before)}${/\s$/.test(before) ? ' ' : ''}[${cut(words)}]${/^\s/.test(after) ? ' ' : ''}${cut(after)}`;

const by = ({ contribution, owner }: QuotedWords, label: Label): string =>
  `contribution ${contribution}, by ${label(owner)}`;

export const answerStep = (
  { answer, receipt, truth }: ToldLie,
  { name, prompt }: Pick<LiedAbout, 'name' | 'prompt'>,
  label: Label,
): Step => ({
  title: 'an answer, and whose words it repeats',
  lines: [
    `The model ${printableLine(name)} was asked: ${cut(prompt)}`,
    `It answered: ${bracketed(answer)}`,
    `The words in brackets are in ${by(truth, label)}.`,
    `The answer is on record as receipt ${receipt}.`,
  ],
});

export const lieStep = ({ claimed, attestor, settlement, bond, finalAt }: ToldLie, label: Label): Step => ({
  title: 'the lie',
  lines: [
    `${label(attestor)} settles the receipt, and claims that these words are in ${by(claimed, label)}.`,
    `What stands there is: [${cut(claimed.words)}]`,
    'The chain does not hold the texts, only their roots, so it accepts the claim.',
    `${open(bond)} of the attestor's bond are locked behind it until block ${finalAt} (settlement ${settlement}).`,
  ],
});

/** @param who - the program or the person that has refuted it, as the subject of a sentence */
export const witnessStep = ({ witness, challenge }: Fall, { claimed }: ToldLie, who: string): Step => ({
  title: 'the witness',
  lines: [
    `${who} has compared the claim with the texts, and found it false.`,
    ...(witness.shown === undefined
      ? []
      : [
          'The witness opens one word at the same place of both:',
          `  in the answer:  ${cut(witness.shown.answer)}`,
          `  in contribution ${claimed.contribution}:  ${cut(witness.shown.source)}`,
        ]),
    `It has ${witness.bytes} bytes (type ${witness.type}), and goes to the chain in one message: challenge ${challenge}.`,
  ],
});

export const fallStep = (
  { slashed, reward, burned, challenger }: Fall,
  { attestor }: ToldLie,
  label: Label,
): Step => ({
  title: 'the bond falls',
  lines: [
    'The chain compares the words with the roots that it holds, and upholds the challenge.',
    `${label(attestor)} loses ${open(slashed)}: ${open(reward)} go to ${label(challenger)}, and ${open(burned)} are burned.`,
  ],
});

export const paidStep = ({ attestor, paid }: Righted, { truth, claimed }: ToldLie, label: Label): Step => ({
  title: 'the contributors are paid rightly',
  lines: [
    `${label(attestor)} has settled the receipt again, as the texts say, and nobody has challenged that.`,
    ...paid.map(
      ({ contribution, owner, amount }) =>
        `${label(owner)} is paid ${open(amount)} for the words of contribution ${contribution}.`,
    ),
    ...(paid.some(({ contribution }) => contribution === claimed.contribution)
      ? []
      : [`${label(claimed.owner)} is paid nothing for them.`]),
    ...(paid.some(({ contribution }) => contribution === truth.contribution)
      ? []
      : [
          `Contribution ${truth.contribution} is paid nothing for them: they are no more than coincidence explains.`,
        ]),
  ],
});

export const unseenStep = ({ attestor, claimed }: ToldLie, label: Label): Step => ({
  title: 'nobody has challenged the lie',
  lines: [
    `The claim of ${label(attestor)} is final: ${label(claimed.owner)} is paid for words that are not in ${by(claimed, label)}.`,
    'The attestor lies again about the next answer.',
  ],
});

/** What the summary of a lie holds, as JSON. Amounts are decimal strings of base units. */
export const lieToJson = (told: ToldLie, fall: Fall, { paid }: Righted) => ({
  receipt: told.receipt,
  challenge: fall.challenge,
  slashed: fall.slashed.toString(),
  paid: paid.map(({ contribution, owner, amount }) => ({
    contribution,
    address: owner,
    amount: amount.toString(),
  })),
});
