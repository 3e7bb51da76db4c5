import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { clones } from '../../../tools/eval/attacks/clones.ts';
import { denial } from '../../../tools/eval/attacks/denial.ts';
import type { AttackSetup } from '../../../tools/eval/attacks/setup.ts';
import { timing } from '../../../tools/eval/attacks/timing.ts';
import { wash } from '../../../tools/eval/attacks/wash.ts';
import { gsm8k, tokensOf } from '../../../tools/eval/collections.ts';
import { EXPERIMENTS, type ExperimentName, parseOptions } from '../../../tools/eval/options.ts';
import { measurerAt } from '../../../tools/eval/people/measure.ts';
import { people } from '../../../tools/eval/people.ts';
import { planting } from '../../../tools/eval/planting.ts';
import { quotingPeople } from '../../../tools/eval/quoting-people.ts';
import { report } from '../../../tools/eval/report.ts';
import { experiments, QUICK } from '../../../tools/eval/run.ts';
import { check, holds, type Section } from '../../../tools/eval/section.ts';
import { collectTexts } from '../../../tools/eval/texts/all.ts';
import type { TextCollection } from '../../../tools/eval/texts/text.ts';
import { createTracer, type MakeTracer } from '../../../tools/eval/tracer.ts';
import { wordsFrom } from './support.ts';

const THIN = 40;
const SCALE = { thin: THIN, seed: 1 };
const contributions = gsm8k(THIN);

const setupWith = (makeTracer: MakeTracer): AttackSetup => ({
  contributions,
  rules: { matchBits: 192, controlBps: 10 },
  quoting: quotingPeople(contributions, THIN, 1).inferences,
  thin: THIN,
  seed: 1,
  makeTracer,
});

/** An engine that pays the last holder instead of the first. */
const lastOwner: MakeTracer = (all) => {
  const last = all.at(-1)?.contribution ?? 0;
  const reversed = all.map((each) => ({ ...each, contribution: last - each.contribution + 1 })).toReversed();
  const tracer = createTracer(reversed);
  const back = <T extends { readonly contribution: ContributionId }>(list: readonly T[]): T[] =>
    list.map((each) => ({ ...each, contribution: last - each.contribution + 1 }));
  return {
    trace: (inference, bits) => {
      const attribution = tracer.trace(inference, bits);
      return {
        ...attribution,
        spans: back(attribution.spans),
        scores: back(attribution.scores).sort((a, b) => a.contribution - b.contribution),
      };
    },
  };
};

/** An engine that does not look at the prompt. */
const promptBlind: MakeTracer = (all) => {
  const tracer = createTracer(all);
  return { trace: ({ output }, bits) => tracer.trace({ prompt: tokensOf(''), output }, bits) };
};

/** An engine that finds nothing. */
const blind: MakeTracer = (all) => {
  const tracer = createTracer(all);
  return { trace: ({ prompt, output }) => tracer.trace({ prompt, output }, 60_000) };
};

const failing = ({ checks }: Section): readonly string[] =>
  checks.filter((each) => !holds(each)).map(({ name }) => name);

const quiet = (): void => undefined;

describe('a check', () => {
  test('that saw nothing has not held', () => {
    expect(holds({ name: 'x', cases: 0, failures: 0, seen: '' })).toBe(false);
    expect(holds(check('x', true, ''))).toBe(true);
    expect(holds(check('x', false, ''))).toBe(false);
  });

  test('that fails stands out in the report', () => {
    const section = { name: 's', title: 'S', text: 'told', figures: {} };
    const bad = { ...section, checks: [check('it is so', false, 'it is not')] };
    expect(report({ quick: true, seed: 1, sections: [bad] })).toMatch(/\*\*1 of 1 do not hold\.\*\*/);
    const good = { ...section, checks: [check('it is so', true, 'it is')] };
    expect(report({ quick: true, seed: 1, sections: [good] })).toMatch(/All 1 hold\./);
  });
});

test('what a section says falls short is in the report, with the section', () => {
  const section = {
    name: 's',
    title: 'S',
    text: 'told',
    figures: {},
    checks: [],
    fallsShort: ['It is slow.'],
  };
  expect(report({ quick: true, seed: 1, sections: [section] })).toContain('\n- It is slow. (*S*)\n');
});

describe('planting', () => {
  test('holds with the engine, and follows from its seed', () => {
    const section = planting(contributions, SCALE);
    expect(failing(section)).toEqual([]);
    expect(planting(contributions, SCALE)).toEqual(section);
    expect(planting(contributions, { thin: THIN, seed: 2 }).text).not.toBe(section.text);
  });

  test('notices an engine that pays the wrong one, finds nothing, or does not look at the prompt', () => {
    expect(failing(planting(contributions, SCALE, lastOwner)).join()).toMatch(/precision/);
    expect(failing(planting(contributions, SCALE, blind)).join()).toMatch(/recall/);
    expect(failing(planting(contributions, SCALE, promptBlind))).toEqual([
      'what echoes the prompt is credited nothing',
    ]);
  });
});

describe('attacks on the money', () => {
  test('clones gain nothing by spans, and would be seen to', () => {
    expect(failing(clones(setupWith(createTracer), quiet))).toEqual([]);
    const seen = failing(clones(setupWith(lastOwner), quiet)).join();
    expect(seen).toMatch(/gain nothing by spans/);
    expect(seen).toMatch(/take nothing of the victim/);
    expect(seen).toMatch(/that word and nothing else/);
  });

  test('denial costs what it echoes, and an engine that pays echo would be seen to', () => {
    expect(failing(denial(setupWith(createTracer)))).toEqual([]);
    expect(failing(denial(setupWith(promptBlind))).join()).toMatch(/nothing but echo/);
    expect(failing(denial(setupWith(blind))).join()).toMatch(/cost the victim/);
  });

  test('neither split accounts, nor chosen epochs, nor receipts to oneself pay', () => {
    expect(failing(timing(setupWith(createTracer), quiet))).toEqual([]);
    expect(failing(wash())).toEqual([]);
  });
});

describe('the command', () => {
  test('takes its options and no others', () => {
    expect(parseOptions([])).toEqual({
      ok: true,
      value: {
        quick: false,
        json: false,
        seed: 1,
        texts: undefined,
        only: [],
        collections: [],
        help: false,
      },
    });
    expect(parseOptions(['--quick', '--json', '--seed', '7', '--texts', '/unpacked'])).toEqual({
      ok: true,
      value: {
        quick: true,
        json: true,
        seed: 7,
        texts: '/unpacked',
        only: [],
        collections: [],
        help: false,
      },
    });
    const parts = ['--only', 'wash', '--only', 'commons', '--collection', 'licences'];
    expect(parseOptions(parts)).toMatchObject({
      value: { only: ['wash', 'commons'], collections: ['licences'] },
    });
    for (const bad of [['--only', 'all'], ['--seed', 'x'], ['--seed', '-1'], ['--fast'], ['more']])
      expect(parseOptions(bad).ok, bad.join(' ')).toBe(false);
  });

  test('refuses a collection that it does not know, and names all', () => {
    const misspelled = parseOptions(['--collection', 'gsm8k']);
    expect(misspelled).toMatchObject({ fault: { code: 'ARGUMENT_INVALID' } });
    const message = misspelled.ok ? '' : misspelled.fault.message;
    expect(message).toContain('there is no collection "gsm8k"');
    for (const name of ['GSM8K', 'SWC', 'licences', 'manuals, German'])
      expect(message).toContain(`"${name}"`);
  });

  test('refuses a collection that --quick does not read', () => {
    expect(parseOptions(['--quick', '--collection', 'SWC']).ok).toBe(true);
    expect(parseOptions(['--quick', '--collection', 'licences'])).toMatchObject({
      fault: { message: expect.stringContaining('--quick reads only the collections GSM8K and SWC') },
    });
  });

  test('says if no collection was measured', () => {
    const { checks } = people(
      [],
      ['licences'],
      { draws: 1, stretches: 1 },
      () => expect.unreachable(),
      quiet,
    );
    expect(checks.map(({ seen }) => seen)).toEqual(checks.map(() => 'no collection was measured'));
    expect(checks.some(holds)).toBe(false);
  });

  test('publishes each collection of version 2 in which people get more than 100 bps', () => {
    const text = wordsFrom(1, 60);
    const data = [{ author: 'ada', prompt: '', text: `${text} ${wordsFrom(2, 60)}` }];
    const of = (name: string, peopleText: string): TextCollection => ({
      name,
      description: 'one author in the data, one outside',
      data,
      people: [{ author: 'bob', prompt: '', text: peopleText }],
    });
    const scale = { draws: 32, stretches: 2 };
    const { text: page, figures } = people(
      [of('apart', wordsFrom(3, 60)), of('copied', text)],
      [],
      scale,
      measurerAt({ seed: 1, ...scale }),
      quiet,
    );
    expect(figures.needFloor).toEqual([{ name: 'copied', peopleBps: 10_000 }]);
    expect(page).toContain('By version 2 these need one, or a commons: copied (10000 bps).');
    const none = people([of('apart', wordsFrom(3, 60))], [], scale, measurerAt({ seed: 1, ...scale }), quiet);
    expect(none.figures.needFloor).toEqual([]);
    expect(none.text).toContain('No collection needs one by version 2.');
  });

  test('runs the experiments that are asked for, in the order of the report', () => {
    const named = (only: readonly ExperimentName[]): readonly string[] =>
      experiments(QUICK, 1, { texts: undefined, only, collections: [] }).map(({ name }) => name);
    expect(named([])).toEqual(EXPERIMENTS);
    expect(named(['wash', 'planting'])).toEqual(['planting', 'wash']);
  });

  test('reads the collections that are asked for', () => {
    const of = (...names: string[]): readonly string[] =>
      collectTexts(QUICK.sizes, [], names).collections.map(({ name }) => name);
    expect(of()).toEqual(['GSM8K', 'SWC']);
    expect(of('SWC')).toEqual(['SWC']);
    expect(of('none')).toEqual([]);
  });

  test('has written the evaluation that is in the docs, and everything held', () => {
    const text = readFileSync(new URL('../../../docs/evaluation.md', import.meta.url), 'utf8');
    expect(text).toMatch(/^# Evaluation\n/);
    expect(text).toContain('made by\n`npm run eval` with seed 1,');
    const summary = /## What has to hold\n\n\|.*\n\|.*\n((?:\|.*\n)+)\nAll (\d+) hold\.\n/.exec(text);
    const rows = summary?.[1]?.trimEnd().split('\n') ?? [];
    expect(rows.filter((row) => !row.includes(' | yes | '))).toEqual([]);
    expect(rows).toHaveLength(Number(summary?.[2]));
    expect(text).toContain('## What falls short');
  });
});
