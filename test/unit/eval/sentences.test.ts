/** The sentences of the report that depend on its figures. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { squatterText } from '../../../tools/eval/attacks/squatting.ts';
import { junkText } from '../../../tools/eval/calibration.ts';
import { idiomText } from '../../../tools/eval/planting.ts';
import { report } from '../../../tools/eval/report.ts';
import { bps, check, percent, type Section } from '../../../tools/eval/section.ts';

const EVALUATION = readFileSync(new URL('../../../docs/evaluation.md', import.meta.url), 'utf8');

/** Returns the cells of the row of the evaluation in the docs that begins with a name. */
const rowOf = (name: string): readonly string[] => {
  const row = EVALUATION.split('\n').find((line) => line.startsWith(`| ${name}`));
  return row === undefined ? [] : row.slice(2, -2).split(' | ');
};

const rules = (matchBits: number, controlBps: number) => ({ matchBits, controlBps });

test('what rounds to zero has no sign', () => {
  expect(percent(-0.000_04, 2)).toBe('0.00 %');
  expect(percent(-0.000_04, 3)).toBe('-0.004 %');
  expect(percent(-0.1)).toBe('-10.0 %');
  expect(bps(-0.000_01)).toBe('0 bps');
  expect(bps(-0.0023)).toBe('-23 bps');
});

describe('precision between words of the same domain', () => {
  test('falls only if the figures that are printed differ', () => {
    expect(idiomText(1, 0.98)).toMatch(/^\*\*Precision falls .* from 100\.00 % to 98\.00 % at 96 bits/);
    for (const [apart, among] of [
      [1, 1],
      [1, 0.999_999],
      [0.99, 1],
    ] as const)
      expect(idiomText(apart, among), `${apart} ${among}`).toMatch(/cost no precision here/);
  });

  test('is said in the docs as the table there has it', () => {
    const at = (name: string): number => Number.parseFloat(rowOf(name)[3] ?? '') / 100;
    expect(EVALUATION).toContain(
      idiomText(at('copy: a stretch'), at('copy: between words that people wrote')),
    );
  });
});

describe('squatting', () => {
  test('pays only if its gain does not round to nothing', () => {
    const pays = squatterText({ gainSpans: 0.0125, lossSpans: 0.03 }, { gainSpans: 0.001 }, false);
    expect(pays).toMatch(/pays\*\* 125 bps of D by spans, and takes 3\.00 % of the victim’s spans\./);
    expect(pays).toMatch(/At the calibrated bar the squatter gets 10 bps\./);
    const cheap = squatterText({ gainSpans: 0.0002, lossSpans: -0.000_01 }, { gainSpans: 0 }, true);
    expect(cheap).toMatch(/pays\*\* 2 bps .* takes nothing of the victim’s spans\./);
    expect(cheap).toMatch(/At the calibrated bar, which .*, the squatter gets 0 bps\./);
    const none = squatterText({ gainSpans: 0.000_02, lossSpans: 0 }, { gainSpans: 0 }, false);
    expect(none).toMatch(
      /pays nothing by spans\*\*: 0 bps of D uncalibrated, and 0 bps at the calibrated bar\.$/,
    );
  });

  test('is said in the docs as the tables there have it', () => {
    const share = (name: string, cell: number): number => Number.parseFloat(rowOf(name)[cell] ?? '') / 100;
    const bits = Number(/the commonest hundred bear (\d+) bits each/.exec(EVALUATION)?.[1]);
    const bar = Number(/\| the same; (\d+) bits/.exec(EVALUATION)?.[1]);
    expect(EVALUATION).toContain(
      squatterText(
        { gainSpans: share('dictionary of idiom', 1), lossSpans: share('dictionary of idiom', 3) },
        { gainSpans: share(`the same; ${bar} bits`, 1) },
        bits < bar,
      ),
    );
  });
});

describe('junk', () => {
  test('lowers Imin, or only κ, or nothing', () => {
    expect(junkText(rules(192, 10), rules(160, 40))).toMatch(/lowers Imin here, from 192 to 160 bits/);
    expect(junkText(rules(128, 27), rules(128, 0))).toMatch(
      /^Imin has its lowest value, 128 bits, .* lowers only κ here, from 27 to 0 bps\..* A higher Imin may fall/,
    );
    expect(junkText(rules(128, 0), rules(128, 0))).toMatch(/does not lower κ either here: it is 0 bps\./);
    expect(junkText(rules(192, 10), rules(192, 5))).toMatch(
      /leaves Imin at 192 bits\. It lowers only κ here, from 10 to 5 bps\..* With other draws/,
    );
    expect(junkText(rules(128, 10), rules(160, 5))).toMatch(
      /does not lower Imin here: it is 160 instead of 128/,
    );
  });

  test('is said in the docs as the table there has it', () => {
    const of = (name: string) => {
      const cells = rowOf(name);
      return rules(Number.parseInt(cells[3] ?? '', 10), Number.parseInt(cells[4] ?? '', 10));
    };
    expect(EVALUATION).toContain(junkText(of('nothing'), of('four times as much junk as data')));
    expect(EVALUATION).not.toContain('much junk as data lowers the bar');
  });

  test('is among what falls short only if it lowered the bar', () => {
    const section = (junkLowersBar: boolean): Section => ({
      name: 'calibration',
      title: 'Moving the bar',
      text: '',
      figures: { junkLowersBar },
      checks: [check('it is so', true, '')],
    });
    const sentence =
      'Several times as much junk as data lowers the bar (*Moving the bar*). Only bonds and review limit both.';
    expect(report({ quick: true, seed: 1, sections: [section(true)] })).toContain(sentence);
    const without = report({ quick: true, seed: 1, sections: [section(false)] });
    expect(without).not.toContain('lowers the bar');
    expect(without).toContain('Only bonds and review limit that.');
  });
});
