import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { explain } from '../../../../src/cli/explain/explain.ts';
import type { CalibrationStanding, ReceiptStatus } from '../../../../src/cli/explain/explanation.ts';
import { renderHtml } from '../../../../src/cli/explain/html.ts';
import { renderTerminal } from '../../../../src/cli/explain/terminal.ts';
import { widthOf, wrap } from '../../../../src/cli/explain/wrap.ts';
import { address, FINAL, factsOf, type Scene, searched, words } from './scene.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const page = (scene?: Scene): string => renderHtml(explain(factsOf(scene)));
const screen = (scene?: Scene, columns = 100): string => renderTerminal(explain(factsOf(scene)), columns);

const ESCAPE = String.fromCharCode(0x1b);
/** Controls but for tab and newline, and what reorders text. */
const HARMFUL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** The tags of a page, in order. */
const tags = (html: string): readonly string[] =>
  [...html.matchAll(/<[a-zA-Z/!][^>]*>/g)].map(([tag]) => tag);

const HOSTILE = [
  '<script>alert(1)</script>',
  '</main></body><img src=x onerror=alert(1)>',
  '"\' onmouseover="alert(1)',
  '&lt;b&gt;',
  '<!--',
  ']]>',
  '<style>*{display:none}</style>',
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m',
  '\u202Ereversed\u202C',
  '\u2066hidden\u2069',
  '\uD800',
  '\r\u0000\u0008',
];

describe('the page', () => {
  test('has the answer, the owners, the amounts, and where everything stands', () => {
    const html = page();
    for (const text of [
      words(0, 30),
      address(1),
      'MIT',
      'block 25',
      'of the answer</a>',
      'On the chain',
      'manifest root',
    ])
      expect(html).toContain(text);
    expect(html).toMatch(/<a id="o0" href="#s0" class="c1">/);
    expect(html).toMatch(/id="s0"/);
  });

  test('needs nothing but itself, and forbids itself to fetch or run anything', () => {
    const html = page();
    expect(html).toContain("default-src 'none'; style-src 'unsafe-inline'");
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(/i);
    for (const [, target] of html.matchAll(/(?:href|src)="([^"]*)"/g)) expect(target).toMatch(/^#[sop]\d+$/);
  });

  test('a hostile text anywhere changes nothing but the text', () => {
    const names = (html: string): readonly string[] =>
      tags(html).map((tag) => /^<\W*\w*/.exec(tag)?.[0] ?? '');
    const scenes = (text: string): readonly Scene[] => [
      { names: text },
      { output: `${words(0, 30)} ${text} end`, contributions: [[words(0, 30)]] },
      { output: `x ${words(0, 30)}`, contributions: [[`${text} ${words(0, 30)} ${text}`]] },
    ];
    const benign = scenes('y').map((scene) => names(page(scene)));
    for (const evil of HOSTILE)
      for (const [i, scene] of scenes(evil.toWellFormed()).entries()) {
        const html = page(scene);
        expect(names(html), evil).toEqual(benign[i]);
        expect(html.replaceAll('\n', ''), evil).not.toMatch(HARMFUL);
      }
  });

  test('numbers of contributors beyond the colours are told apart by their number', () => {
    const output = Array.from({ length: 14 }, (_, i) => words(100 * i, 100 * i + 20)).join(' and ');
    const contributions = Array.from({ length: 14 }, (_, i) => [words(100 * i, 100 * i + 20)]);
    const html = page({ output, contributions });
    expect(html).toContain('<sup>14</sup>');
    expect(html).toMatch(/class="c4">[^<]*<sup>14</);
  });
});

/** An answer with a span, with words that are credited to nobody, and with a contribution that is asked about. */
const traced = (evil = 'y') =>
  searched(
    {
      names: evil,
      output: `${words(0, 30)} ${evil} ${words(50, 57)} then ${words(80, 100)}`,
      contributions: [[words(0, 30)], [`${evil} z ${words(50, 57)} z ${evil}`], [words(0, 30)]],
    },
    { later: [[`${evil} ${words(80, 100)} ${evil}`]], standings: { 4: { type: 'datanet' } }, asked: 4 },
    () => evil,
  );

describe('what the texts say', () => {
  test('stands in both views: the mark in the answer, the reason, who else holds a span, names, and what was asked', () => {
    vi.stubEnv('FORCE_COLOR', '0');
    const terminal = renderTerminal(traced('y'), 100).replace(/\s+/g, ' ');
    for (const text of [
      `⟦a│${words(50, 57)}⟧`,
      `⟦b│${words(80, 100)}⟧`,
      '[a] 7 words stand in contribution 2 of y; a match has 8 words or more.',
      'why contribution 4 is not paid',
      'all of them also stand in contribution 3 (y): later',
      'contribution 1 of y (0x',
      'in the data but not owned',
    ])
      expect(terminal).toContain(text);
    const html = renderHtml(traced('y'));
    for (const text of [
      'id="u0"',
      'href="#u1"',
      'Why contribution 4 is not paid',
      'held-fill',
      'contribution 3 (y): later',
    ])
      expect(html).toContain(text);
  });

  test('is text and nothing else, whatever others have written', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    const tagsOf = (html: string): number => tags(html.replaceAll(/="[^"]*"/g, '')).length;
    for (const evil of HOSTILE) {
      const explanation = traced(evil.toWellFormed());
      const shown = renderTerminal(explanation, 100).replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
      expect(shown.replaceAll('\n', ''), JSON.stringify(evil)).not.toMatch(HARMFUL);
      const html = renderHtml(explanation);
      expect(html.replaceAll('\n', ''), evil).not.toMatch(HARMFUL);
      // The same words without any sign: as much of them stands in the data.
      const benign = evil.toWellFormed().replaceAll(/[^a-z0-9]+/gi, ' ');
      expect(tagsOf(html), evil).toBe(tagsOf(renderHtml(traced(benign))));
    }
  });

  test('keeps to the width', () => {
    vi.stubEnv('FORCE_COLOR', '0');
    for (const columns of [60, 80, 110])
      for (const line of renderTerminal(traced(), columns).split('\n'))
        expect(line.includes('0x') || widthOf(line) <= columns, line).toBe(true);
  });
});

describe('the terminal', () => {
  test('without colours brackets show where a span begins and whose it is', () => {
    vi.stubEnv('FORCE_COLOR', '0');
    const text = screen({ output: `${words(0, 14)} end ${words(200, 210)}`, prompt: words(200, 210) });
    expect(text.replace(/\s+/g, ' ')).toContain(`⟦1│${words(0, 14)}⟧ end ⟦echo│${words(200, 210)}⟧`);
    expect(text).not.toContain(ESCAPE);
  });

  test('keeps to its width', () => {
    vi.stubEnv('FORCE_COLOR', '0');
    // Roots and addresses are not broken: they are there to be copied.
    for (const columns of [60, 80, 110])
      for (const line of screen({}, columns).split('\n'))
        expect(line.includes('0x') || widthOf(line) <= columns, line).toBe(true);
  });

  test('no text of others reaches the terminal as anything but text', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    for (const evil of HOSTILE) {
      const text = screen({
        names: evil.toWellFormed(),
        output: `${words(0, 30)} ${evil.toWellFormed()}`,
        contributions: [[`${evil.toWellFormed()} ${words(0, 30)}`]],
      });
      const rest = text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
      expect(rest.replaceAll('\n', ''), JSON.stringify(evil)).not.toMatch(HARMFUL);
    }
  });
});

describe('every state of a receipt is shown', () => {
  const STATUSES: readonly (readonly [ReceiptStatus, RegExp])[] = [
    [{ type: 'open', deadline: '215' }, /not settled yet[\s\S]*block 215/],
    [{ type: 'settled', finalAt: '25', demands: 0 }, /may be challenged[\s\S]*until block 25/],
    [{ type: 'settled', finalAt: '25', demands: 2 }, /challenged[\s\S]*2 demands/],
    [FINAL, /final[\s\S]*Final since block 25/],
    [{ type: 'expired' }, /expired[\s\S]*to the treasury/],
    [{ type: 'void' }, /void[\s\S]*malformed/],
  ];
  beforeEach(() => {
    vi.stubEnv('FORCE_COLOR', '0');
  });
  test.each(STATUSES)('%j', (status, told) => {
    const epoch = status.type === 'settled' ? 'ahead' : 'closed';
    expect(screen({ status, epoch }).replace(/\s+/g, ' ')).toMatch(told);
    expect(page({ status, epoch })).toMatch(told);
  });

  test('an answer with no matches says so, and where its money goes', () => {
    for (const text of [
      screen({ output: 'nothing of it is known' }),
      page({ output: 'nothing of it is known' }),
    ])
      expect(text.replace(/\s+/g, ' ')).toMatch(/No words of this answer match.*goes to the treasury/);
  });

  test('an estimate is never shown as exact', () => {
    const running: Scene = { epoch: 'running' };
    expect(screen(running).replace(/\s+/g, ' ')).toMatch(/≈ [^()]*\(estimate\)/);
    expect(screen(running)).not.toMatch(/\(exact\)/);
    expect(page(running)).not.toMatch(/>exact</);
    expect(screen()).toMatch(/\(exact\)/);
  });

  test('of an epoch that has ended and not closed it is said that it waits', () => {
    for (const text of [screen({ epoch: 'waiting' }), page({ epoch: 'waiting' })])
      expect(text.replace(/\s+/g, ' ')).toMatch(
        /its epoch, which ended at block 40\. The epoch waits to close/,
      );
  });
});

describe('every state of a calibration is shown', () => {
  const STANDINGS: readonly (readonly [CalibrationStanding, RegExp])[] = [
    [{ type: 'awaited', drawAt: '77' }, /not calibrated: .*block 77/],
    [{ type: 'drawn' }, /attestors have not claimed both rounds yet/],
    [{ type: 'claimed', finalAt: '78' }, /open to challenge until block 78/],
    [{ type: 'unattributed' }, /nothing is paid for spans/],
    [
      { type: 'final', matchBits: 192, controlBps: 11, isOfOneAccount: false },
      /from 192 bits on.*κ = 0\.11 %/,
    ],
    [
      { type: 'final', matchBits: 128, controlBps: 0, isOfOneAccount: true },
      /κ = 0, because nothing was measured: all data of the version is of one account/,
    ],
    [
      { type: 'final', matchBits: 128, controlBps: 0, isOfOneAccount: false },
      /κ = 0\.00 %: what habit alone covers/,
    ],
  ];
  test.each(STANDINGS)('%j', (standing, told) => {
    vi.stubEnv('FORCE_COLOR', '0');
    const scene: Scene =
      standing.type === 'final' ? { standing } : { standing, status: { type: 'open', deadline: '215' } };
    for (const text of [screen(scene), page(scene)]) expect(text.replace(/<[^>]*>|\s+/g, ' ')).toMatch(told);
  });
});

describe('wrapping', () => {
  test('loses nothing but the spaces at which it breaks, and keeps to the width', () => {
    vi.stubEnv('FORCE_COLOR', '0');
    const piece = fc.constantFrom('word ', 'x', '漢字', '\n', 'averyveryverylongword', ' ', '👍 ');
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 4, max: 40 }), (pieces, width) => {
        const lines = wrap(
          pieces.map((text) => ({ text })),
          width,
        );
        expect(lines.join('').replace(/\s/g, '')).toBe(pieces.join('').replace(/\s/g, ''));
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
      // What is left after a break at a space may itself be too wide for what comes next.
      { numRuns: 1000, examples: [[[' ', '漢字', 'x', '漢字'], 4]] },
    );
  });
});

test.each([
  [0, []],
  [1, [['nothing of it']]],
])(
  'both views say that %i texts hold nothing of the answer only if they were read',
  (count, contributions) => {
    const explanation = searched({ output: words(0, 20), contributions });
    for (const view of [renderHtml(explanation), renderTerminal(explanation, 200)])
      expect(view.includes('words in a row of this answer stand in any of them.')).toBe(count > 0);
  },
);
