/** Attacks with copies of the words of others: unchanged, with words added, under many names, with words inserted. */
import { randomFrom } from '../../lib/random.ts';
import { type Contribution, type Inference, textOf, tokensOf, wordsOf } from '../collections.ts';
import { itemOf, junkWord, junkWords, padded, reregistered, salted } from '../rewriting.ts';
import { percent, type Section, table } from '../section.ts';
import { informationIn } from '../tracer.ts';
import {
  ATTACKER,
  type AttackSetup,
  NOVELTY_NOTE,
  OUTCOME_HEAD,
  outcomeFigures,
  outcomeOf,
  outcomeRow,
  runEpoch,
  VICTIM,
} from './setup.ts';

const ofVictim = (contributions: readonly Contribution[]): readonly Contribution[] =>
  contributions.filter(({ owner }) => owner === VICTIM);

/** The tokens of a superset item, below the limit of 65,536 tokens per item. */
const SUPERSET_TOKENS = 60_000;

/** Returns all items of each contribution of the victim in one item, with forty new words. */
const superset = (contributions: readonly Contribution[], seed: number): readonly Contribution[] => {
  const random = randomFrom(seed);
  const last = contributions.at(-1)?.contribution ?? 0;
  return ofVictim(contributions).map(({ items }, i) => {
    const words = items.flatMap(({ tokens }) => wordsOf(tokens)).slice(0, SUPERSET_TOKENS);
    return {
      contribution: last + i + 1,
      owner: ATTACKER,
      items: [itemOf([...words, ...junkWords(40, random)])],
    };
  });
};

const shifted = (contributions: readonly Contribution[], by: number): readonly Contribution[] =>
  contributions.map((each) => ({ ...each, contribution: each.contribution + by }));

/**
 * Measures outputs that hold the end of a cloned item with the word that the clone added. The victim's words must stay
 * the victim's, and the attacker gets only that word.
 */
const addedWord = (setup: AttackSetup) => {
  const random = randomFrom(setup.seed);
  const added: string[] = [];
  const clone = reregistered(ofVictim(setup.contributions), ATTACKER, (item) => {
    const word = junkWord(random);
    added.push(word);
    return padded(item, [word]);
  });
  const contributions = new Set(clone.map(({ contribution }) => contribution));
  const last = setup.contributions.at(-1)?.contribution ?? 0;
  const all = [...setup.contributions, ...shifted(clone, last)];
  const tracer = setup.makeTracer(all);
  const before = setup.makeTracer(setup.contributions);
  let cases = 0;
  let wrong = 0;
  for (const [i, item] of clone.flatMap(({ items }) => items).entries()) {
    const words = wordsOf(item.tokens).slice(-60);
    const inference: Inference = { prompt: tokensOf(''), output: tokensOf(textOf(words)) };
    const { scores } = tracer.trace(inference, setup.rules.matchBits);
    const theirs = scores.filter(({ contribution }) => contributions.has(contribution - last));
    const others = scores.filter(({ contribution }) => !contributions.has(contribution - last));
    const word = informationIn(tokensOf(added[i] ?? ''));
    const untouched = before.trace(inference, setup.rules.matchBits).scores;
    const gained = theirs.reduce((sum, { score }) => sum + score, 0);
    cases += 1;
    if (gained > word || JSON.stringify(others) !== JSON.stringify(untouched)) wrong += 1;
  }
  return { cases, wrong };
};

export const clones = (setup: AttackSetup, progress: (text: string) => void): Section => {
  const { contributions, quoting, rules, seed, makeTracer } = setup;
  const base = runEpoch(makeTracer, contributions, quoting, rules);
  const run = (name: string, added: readonly Contribution[], addedTokens = 0) => {
    progress(name);
    const played = runEpoch(makeTracer, [...contributions, ...added], quoting, rules);
    const novel = played.novelTokens.slice(contributions.length).reduce((sum, each) => sum + each, 0n);
    return { ...outcomeOf(name, base, played), novel: Number(novel), addedTokens };
  };
  const items = ofVictim(contributions).flatMap((each) => each.items).length;
  const last = contributions.at(-1)?.contribution ?? 0;
  const clone = (copies: number): readonly Contribution[] => {
    const random = randomFrom(seed);
    return Array.from({ length: copies }, (_, i) =>
      shifted(
        reregistered(ofVictim(contributions), ATTACKER, (item) => padded(item, [junkWord(random)])),
        last + 100 * i,
      ),
    ).flat();
  };
  const outcomes = [
    run('clone of all that the victim gave, a word added to each item', clone(1), items),
    run('the same ten times, under ten names', clone(10), 10 * items),
    run(
      'superset: each contribution of the victim as one item, forty words added',
      superset(contributions, seed),
      40 * ofVictim(contributions).length,
    ),
    ...[23, 15, 11, 7].map((every) =>
      run(
        `sybil: everything of everyone again, a word inserted every ${every} tokens`,
        reregistered(contributions, ATTACKER, (item) => salted(item, every, randomFrom(seed + every))),
      ),
    ),
  ];
  progress('added words');
  const words = addedWord(setup);
  const simple = outcomes.slice(0, 3);
  const sybils = outcomes.slice(3);
  const most = Math.max(...sybils.map(({ gainRemainder }) => gainRemainder));
  return {
    name: 'clones',
    title: 'Clones and sybils',
    text: `One epoch of outputs that quote the data, settled and closed by the chain’s own functions, with and without the attacker’s contributions in the manifest; Imin ${rules.matchBits} bits, κ ${rules.controlBps} bps. The copies come
later, so they have higher contribution ids. (A copy word for word is refused outright, by its digest.)

${table(OUTCOME_HEAD, outcomes.map(outcomeRow))}

${NOVELTY_NOTE}

- **By spans a clone takes nothing**, not one base unit, because each position belongs to the contribution that brought it first. In ${words.cases} outputs that hold the end of a cloned item with the clone’s own word after it, the attacker was credited that word and no more.
- **By novel tokens it got the share of its own words.** Inserting words is cheap. The denser they are, the more of the copy counts as novel, because a run between two of them that bears less than 96 bits cannot be distinguished from coincidence.
  With a word after every seventh token nothing is a copy any more, and re-registering everything took ${percent(most)} of D, from everyone. The bond per byte and review limit that, as reviewers see what a contribution resembles, but they do not prevent it.`,
    figures: { outcomes: outcomes.map(outcomeFigures), addedWords: { ...words } },
    checks: [
      {
        name: 'clones, supersets and sybils gain nothing by spans, to the base unit',
        cases: outcomes.length,
        failures: outcomes.filter(({ attacker }) => attacker.spans !== 0n).length,
        seen: `${outcomes.filter(({ attacker }) => attacker.spans === 0n).length} of ${outcomes.length} gain 0`,
      },
      {
        name: 'and take nothing of the victim’s spans, to the base unit',
        cases: outcomes.length,
        failures: outcomes.filter(({ lossSpans }) => lossSpans !== 0).length,
        seen: `${percent(Math.max(...outcomes.map(({ lossSpans }) => lossSpans)), 4)} at most`,
      },
      {
        name: 'of an output with a clone’s own word the clone is credited that word and nothing else',
        cases: words.cases,
        failures: words.wrong,
        seen: `${words.cases - words.wrong} of ${words.cases}`,
      },
      {
        name: 'the novel tokens of clones and supersets are those that they add, and no others',
        cases: simple.length,
        failures: simple.filter(({ novel, addedTokens }) => novel > addedTokens).length,
        seen: simple.map(({ novel, addedTokens }) => `${novel} of ${addedTokens} added`).join(', '),
      },
    ],
  };
};
