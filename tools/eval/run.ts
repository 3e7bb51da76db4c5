/** All experiments, in the order of the report. */

import { clones } from './attacks/clones.ts';
import { denial } from './attacks/denial.ts';
import { squatting } from './attacks/squatting.ts';
import type { Stage } from './attacks/stage.ts';
import { timing } from './attacks/timing.ts';
import { wash } from './attacks/wash.ts';
import { calibrate, prepare } from './calibrate.ts';
import { calibration } from './calibration.ts';
import { gsm8k } from './collections.ts';
import { coverage } from './coverage.ts';
import { labOf } from './lab.ts';
import { languages } from './languages.ts';
import { planting } from './planting.ts';
import { quotingPeople } from './quoting-people.ts';
import type { Section } from './section.ts';
import { templates } from './templates.ts';

/** The number of draws, as on the chain. */
const DRAWS = 1024;

export type Scale = {
  /** Every `thin`-th row of the data, and of the questions. */
  readonly thin: number;
  readonly draws: number;
  /** Other draws of one calibration. */
  readonly seeds: number;
};

export const FULL: Scale = { thin: 1, draws: DRAWS, seeds: 16 };
export const QUICK: Scale = { thin: 4, draws: 512, seeds: 2 };

export type Experiment = {
  readonly name: string;
  readonly run: (progress: (text: string) => void) => Section;
};

/** They share their data, and nothing else. */
export const experiments = ({ thin, draws, seeds }: Scale, seed: number): readonly Experiment[] => {
  const contributions = gsm8k(thin);
  const quoting = quotingPeople(contributions, thin, seed);
  const found = calibrate(prepare(contributions), seed, draws).rules;
  const stage: Stage = {
    contributions,
    rules: found ?? { matchBits: 512, controlBps: 0 },
    quoting: quoting.inferences,
    thin,
    seed,
    makeLab: labOf,
  };
  return [
    { name: 'planting', run: () => planting(contributions, { thin, seed }) },
    { name: 'coverage', run: () => coverage(contributions, quoting, { thin, seed, draws }) },
    {
      name: 'calibration',
      run: (progress) => calibration(contributions, quoting, { seed, draws, seeds }, progress),
    },
    { name: 'templates', run: () => templates(seed, draws) },
    { name: 'languages', run: () => languages(thin, seed, draws) },
    { name: 'clones', run: (progress) => clones(stage, progress) },
    { name: 'squatting', run: (progress) => squatting(stage, progress) },
    { name: 'denial', run: () => denial(stage) },
    { name: 'timing', run: (progress) => timing(stage, progress) },
    { name: 'wash', run: () => wash() },
  ];
};
