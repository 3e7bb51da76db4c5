/** Lists all experiments, in the order of the report. */

import { shippedCommons } from '../../node/commons.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { clones } from './attacks/clones.ts';
import { denial } from './attacks/denial.ts';
import type { AttackSetup } from './attacks/setup.ts';
import { squatting } from './attacks/squatting.ts';
import { timing } from './attacks/timing.ts';
import { wash } from './attacks/wash.ts';
import { calibrate, prepare } from './calibrate.ts';
import { calibration } from './calibration.ts';
import { gsm8k, tokensOf, wordsOf } from './collections.ts';
import { commons } from './commons.ts';
import { coverage } from './coverage.ts';
import { languages } from './languages.ts';
import type { ExperimentName, Options } from './options.ts';
import { measurerAt } from './people/measure.ts';
import { people } from './people.ts';
import { planting } from './planting.ts';
import { quotingPeople } from './quoting-people.ts';
import { playDemo } from './relevance/demo.ts';
import { type World, worldOf } from './relevance/world.ts';
import { relevance } from './relevance.ts';
import type { Section } from './section.ts';
import { strategiesWith } from './strategies/list.ts';
import type { Row } from './strategies/rows.ts';
import { strategies } from './strategies.ts';
import { templates } from './templates.ts';
import { collectTexts } from './texts/all.ts';
import type { Sizes } from './texts/text.ts';
import { createTracer } from './tracer.ts';

/** The number of draws, the same as on the chain. */
const DRAWS = 1024;

export type Scale = {
  /** Every `thin`-th row of the data, and of the questions, is used. */
  readonly thin: number;
  readonly draws: number;
  /** The number of further seeds that one calibration is repeated with. */
  readonly seeds: number;
  /** How much is taken of each collection of texts. */
  readonly sizes: Sizes;
  /** The number of stretches that are copied from each collection. */
  readonly stretches: number;
  /** Whether texts are read from the machine, beside those that the project ships. */
  readonly machine: boolean;
};

const sizesOf = (dataBytes: number): Sizes => ({
  dataBytes,
  peopleBytes: 0.3 * dataBytes,
  authorBytes: 0.02 * dataBytes,
});

export const FULL: Scale = {
  thin: 1,
  draws: DRAWS,
  seeds: 16,
  sizes: sizesOf(2_000_000),
  stretches: 150,
  machine: true,
};
export const QUICK: Scale = {
  thin: 4,
  draws: 512,
  seeds: 2,
  sizes: sizesOf(300_000),
  stretches: 30,
  machine: false,
};

export type Experiment = {
  readonly name: ExperimentName;
  readonly run: (progress: (text: string) => void) => Section;
};

/** Returns a function that makes a value when it is first called, and returns the same value from then on. */
const once = <T extends object>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/**
 * Returns the experiments. They share their data, which is read when an experiment needs it, and nothing
 * else.
 */
export const experiments = (
  { thin, draws, seeds, sizes, stretches, machine }: Scale,
  seed: number,
  { texts, only, collections: named }: Pick<Options, 'texts' | 'only' | 'collections'>,
): readonly Experiment[] => {
  const roots = machine ? ['/', ...(texts === undefined ? [] : [texts])] : [];
  const textScale = { seed, draws, stretches };
  const measure = measurerAt(textScale);
  const collect = once(() => collectTexts(sizes, roots, named));
  const contributions = once(() => gsm8k(thin));
  const quoting = once(() => quotingPeople(contributions(), thin, seed));
  const setup = once(
    (): AttackSetup => ({
      contributions: contributions(),
      rules: calibrate(prepare(contributions()), seed, draws).rules ?? { matchBits: 512, controlBps: 0 },
      quoting: quoting().inferences,
      thin,
      seed,
      makeTracer: createTracer,
    }),
  );
  const worlds = function* (): Iterable<World> {
    for (const collection of collect().collections) yield worldOf(collection, { thin, seed, draws });
  };
  const rowsOfOthers = function* (name: string): Iterable<Row> {
    for (const other of collect().collections)
      if (other.name !== name) for (const { text } of other.data) yield wordsOf(tokensOf(text));
  };
  const all: readonly Experiment[] = [
    { name: 'planting', run: () => planting(contributions(), { thin, seed }) },
    { name: 'coverage', run: () => coverage(contributions(), quoting(), { thin, seed, draws }) },
    {
      name: 'calibration',
      run: (progress) => calibration(contributions(), quoting(), { seed, draws, seeds }, progress),
    },
    { name: 'templates', run: () => templates(seed, draws) },
    { name: 'languages', run: () => languages(thin, seed, draws) },
    {
      name: 'people',
      run: (progress) => {
        const { collections, skipped } = collect();
        return people(collections, skipped, textScale, measure, progress);
      },
    },
    {
      name: 'commons',
      run: (progress) => {
        const { texts: items, terms } = unwrap(shippedCommons());
        return commons(collect().collections, { texts: items, terms }, textScale, measure, progress);
      },
    },
    {
      name: 'relevance',
      run: (progress) => relevance(worlds(), playDemo(thin, seed, draws), seed, progress),
    },
    {
      name: 'strategies',
      run: (progress) =>
        strategies(worlds(), strategiesWith(rowsOfOthers), { seed, dataBytes: sizes.dataBytes }, progress),
    },
    { name: 'clones', run: (progress) => clones(setup(), progress) },
    { name: 'squatting', run: (progress) => squatting(setup(), progress) },
    { name: 'denial', run: () => denial(setup()) },
    { name: 'timing', run: (progress) => timing(setup(), progress) },
    { name: 'wash', run: () => wash() },
  ];
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
};
