/**
 * Attacks by being early: the idiom of a domain is registered before those who write in it, or the outputs of a model
 * are registered after they were made.
 */
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { randomFrom } from '../../lib/random.ts';
import {
  answersOf,
  type Contribution,
  HUMAN,
  type Inference,
  SOLVER_NAMES,
  wordsOf,
} from '../collections.ts';
import type { ModelRules } from '../economy.ts';
import { itemOf, junkWord } from '../rewriting.ts';
import { bps, check, percent, type Section, table } from '../section.ts';
import { informationIn } from '../tracer.ts';
import {
  ATTACKER,
  type AttackSetup,
  NOVELTY_NOTE,
  OUTCOME_HEAD,
  type Outcome,
  outcomeFigures,
  outcomeOf,
  outcomeRow,
  runEpoch,
} from './setup.ts';

/** Less than this share is printed as 0 bps. */
const NOTHING = 0.5 / 10_000;

const GRAM = 12;
const PHRASES = 5_000;

/**
 * Returns the phrases that pay the most, by how often people use them and by their information: what a squatter would
 * register.
 */
const phrasesOf = (answers: readonly Inference[]): readonly (readonly string[])[] => {
  const counts = new Map<string, number>();
  for (const { output } of answers) {
    const words = wordsOf(output);
    for (let at = 0; at + GRAM <= words.length; at++) {
      const phrase = words.slice(at, at + GRAM).join(' ');
      counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([phrase, count]) => ({ phrase, count }))
    .sort((a, b) => b.count - a.count || (a.phrase < b.phrase ? -1 : 1))
    .slice(0, PHRASES)
    .map(({ phrase }) => phrase.split(' '));
};

/**
 * Returns one contribution before all others, with a hundred phrases per item and a word of its own between any two.
 */
const dictionary = (phrases: readonly (readonly string[])[], seed: number): Contribution => {
  const random = randomFrom(seed);
  const items = [];
  for (let at = 0; at < phrases.length; at += 100)
    items.push(itemOf(phrases.slice(at, at + 100).flatMap((phrase) => [...phrase, junkWord(random)])));
  return { contribution: 1, owner: ATTACKER, items };
};

const half = <T>(all: readonly T[], which: 0 | 1): readonly T[] => all.filter((_, i) => i % 2 === which);

/**
 * Returns what a squatter gets by spans, as shares of the data money.
 * @param raw - uncalibrated
 * @param calibrated - at the calibrated bar
 * @param isBelowBar - whether the commonest phrases bear less on average than the calibrated bar
 */
export const squatterText = (
  raw: Pick<Outcome, 'gainSpans' | 'lossSpans'>,
  calibrated: Pick<Outcome, 'gainSpans'>,
  isBelowBar: boolean,
): string => {
  const [before, after, loss] = [bps(raw.gainSpans), bps(calibrated.gainSpans), percent(raw.lossSpans, 2)];
  const why = isBelowBar ? ', which the commonest phrases do not reach on average' : '';
  if (raw.gainSpans < NOTHING && calibrated.gainSpans < NOTHING)
    return `**Squatting pays nothing by spans**: ${before} of D uncalibrated, and ${after} at the calibrated bar${why}.`;
  const taken = raw.lossSpans < NOTHING ? 'nothing' : loss;
  return `**Uncalibrated, squatting pays** ${before} of D by spans, and takes ${taken} of the victim’s spans. At the calibrated bar${why && `${why},`} the squatter gets ${after}.`;
};

const RAW: ModelRules = { matchBits: DEFAULT_PARAMETERS.matchBitsMin, controlBps: 0 };

export const squatting = (setup: AttackSetup, progress: (text: string) => void): Section => {
  const { contributions, rules, thin, seed, makeTracer } = setup;
  progress('a dictionary of the domain');
  // The squatter knows the domain from half of the human answers. The outputs answer the other half of the questions.
  const phrases = phrasesOf(half(answersOf(HUMAN, thin), 0));
  const outputs = half(answersOf('175b_finetuning', thin), 1);
  const squatter = dictionary(phrases, seed);
  const early = (at: ModelRules, name: string) =>
    outcomeOf(
      name,
      runEpoch(makeTracer, contributions, outputs, at),
      runEpoch(makeTracer, [squatter, ...contributions], outputs, at),
    );
  const raw = early(RAW, 'dictionary of idiom, first in line; 96 bits, κ 0');
  const calibrated = early(rules, `the same; ${rules.matchBits} bits, κ ${rules.controlBps} bps`);

  progress('a model’s outputs, registered afterwards');
  const [first, second] = [SOLVER_NAMES[2], SOLVER_NAMES[3]];
  const last = contributions.at(-1)?.contribution ?? 0;
  const harvested: Contribution = {
    contribution: last + 1,
    owner: ATTACKER,
    items: answersOf(first, thin).map(({ output }) => ({ tokens: output, promptTokens: 0 })),
  };
  const later = answersOf(second, thin);
  const harvest = outcomeOf(
    'one model’s outputs registered, another’s to the same questions traced',
    runEpoch(makeTracer, contributions, later, rules),
    runEpoch(makeTracer, [...contributions, harvested], later, rules),
  );
  const words = phrases.length * (GRAM + 1);
  const bits =
    informationIn(itemOf(phrases.slice(0, 100).flat()).tokens) / 256 / Math.min(100, phrases.length);
  return {
    name: 'squatting',
    title: 'Squatting and harvesting',
    text: `A squatter registers the ${phrases.length} commonest phrases of ${GRAM} tokens that people use in answers of this kind (some ${words.toLocaleString('en')} tokens; the commonest hundred bear ${bits.toFixed(0)} bits each), before everyone else. A harvester registers what a model has put out,
for the manifest of a later version. Outputs are those of real models to questions that the attacker has not seen answered, or, for the harvest, to the same ones.

${table(OUTCOME_HEAD, [raw, calibrated, harvest].map(outcomeRow))}

${NOVELTY_NOTE}

- ${squatterText(raw, calibrated, bits < rules.matchBits)}
- **Harvesting pays where questions are repeated**, because the outputs to them resemble each other: ${bps(harvest.gainSpans)} of D by spans, and before ${percent(harvest.gainRemainder)} by novel tokens. Only the manifest committed with a version is eligible, so it takes a new version whose owner includes the harvest. Where the output was receipted on the chain, a harvest challenge strikes the
  novel tokens. Nobody can see what was gathered off the chain.`,
    figures: {
      outcomes: [raw, calibrated, harvest].map(outcomeFigures),
      phrases: phrases.length,
    },
    checks: [
      check(
        'at the calibrated bar a dictionary of idiom gets less than 50 bps of D by spans',
        calibrated.gainSpans < 0.005,
        `${bps(calibrated.gainSpans)}; uncalibrated ${bps(raw.gainSpans)}`,
      ),
    ],
  };
};
