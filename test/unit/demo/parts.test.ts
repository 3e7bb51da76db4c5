import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { stripVTControlCharacters, styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { traceInference } from '../../../src/attribution/attestor.ts';
import { corpusOf } from '../../../src/attribution/corpus.ts';
import type { Line } from '../../../src/cli/liar/programs.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../../src/lib/secp256k1.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { passes } from '../../../tools/demo/checks.ts';
import type { Claimed } from '../../../tools/demo/claim.ts';
import { coverageOf } from '../../../tools/demo/control.ts';
import {
  claimsAreInBalances,
  contributorsGotTheDataMoney,
  dataMoneyIsDivided,
  feesArePaidOut,
} from '../../../tools/demo/money.ts';
import { nextSteps } from '../../../tools/demo/next-steps.ts';
import { parseOptions } from '../../../tools/demo/options.ts';
import type { ReadReceipt } from '../../../tools/demo/readback.ts';
import { earnersTable, inOpen } from '../../../tools/demo/report.ts';
import { reviewedBy, watcherAgrees } from '../../../tools/demo/services.ts';
import { PARTS, type Summary, sumOfParts } from '../../../tools/demo/summary.ts';
import { errorText, jsonLine } from '../../../tools/lib/say.ts';
import { createStepReporter } from '../../../tools/lib/step-reporter.ts';

describe('the arguments', () => {
  it('are --lie, --json, --home and --help, and nothing else', () => {
    expect(parseOptions([])).toEqual({
      ok: true,
      value: { lie: false, json: false, home: undefined, help: false },
    });
    expect(parseOptions(['--lie', '--json', '--home', 'x'])).toEqual({
      ok: true,
      value: { lie: true, json: true, home: 'x', help: false },
    });
    expect(parseOptions(['-h'])).toMatchObject({ ok: true, value: { help: true } });
    for (const bad of [['--home'], ['--home='], ['--jsn'], ['stray']])
      expect(parseOptions(bad)).toMatchObject({ ok: false, fault: { code: 'ARGUMENT_INVALID' } });
  });
});

describe('coverage', () => {
  it('is Σ S over Σ T, in basis points rounded down', () => {
    expect(coverageOf([{ covered: 1, total: 3 }])).toMatchObject({ outputs: 1, bps: 3333 });
    expect(
      coverageOf([
        { covered: 1, total: 3 },
        { covered: 5, total: 3 },
      ]),
    ).toMatchObject({ bps: 10_000 });
    expect(coverageOf([])).toMatchObject({ outputs: 0, bps: 0 });
  });

  it('leaves out what the commons holds', () => {
    const text =
      'For currently maintained guidance on known vulnerabilities please see the specification of levels.';
    const items = [unwrap(rulesOf(DEFAULT_PARAMETERS.version).tokenizeText(text))];
    const paid = corpusOf([{ contribution: 1, items }], new Set(), DEFAULT_PARAMETERS);
    const free = corpusOf([{ contribution: 1, items }], new Set([1]), DEFAULT_PARAMETERS);
    const inference = { prompt: 'q', output: text };
    expect(traceInference(paid, inference, DEFAULT_PARAMETERS).attribution.coverageBps).toBe(10_000);
    expect(traceInference(free, inference, DEFAULT_PARAMETERS).attribution.coverageBps).toBe(0);
  });
});

describe('money', () => {
  const paid = Object.fromEntries(PARTS.map((part, i) => [part, String(i)])) as Summary['paid'];
  const receipt = (charge: bigint, final = true): ReadReceipt => ({ charge, final }) as ReadReceipt;

  it('is summed over all parts', () => {
    expect(sumOfParts(paid)).toBe(45n);
  });

  it('is described by all parts in docs/demo.md', () => {
    const page = readFileSync(new URL('../../../docs/demo.md', import.meta.url), 'utf8');
    const described = /"paid": (\{.*\}),$/m.exec(page)?.[1] ?? '{}';
    expect(Object.keys(JSON.parse(described) as object)).toEqual([...PARTS]);
  });

  it('must agree receipt by receipt, in the chain’s sum and in its parts', () => {
    expect(passes(feesArePaidOut([receipt(28n), receipt(17n)], { fees: '45', paid }))).toBe(true);
    expect(passes(feesArePaidOut([receipt(28n), receipt(16n)], { fees: '45', paid }))).toBe(false);
    expect(passes(feesArePaidOut([receipt(36n)], { fees: '45', paid: { ...paid, burned: '1' } }))).toBe(
      false,
    );
    expect(passes(feesArePaidOut([receipt(28n), receipt(8n, false)], { fees: '28', paid }))).toBe(false);
    expect(passes(feesArePaidOut([], { fees: '0', paid }))).toBe(false);
  });

  const claimed = (grown: bigint, spans: bigint, remainder: bigint): Claimed => {
    const privateKey = randomPrivateKey();
    const actor = { name: 'someone', privateKey, address: addressOfPrivateKey(privateKey) };
    return { actor, contributor: true, grown, spans, relevance: 4n, remainder, models: 0n, stake: 0n };
  };

  it('must be in the balances to the unit', () => {
    expect(passes(claimsAreInBalances([claimed(9n, 2n, 3n)]))).toBe(true);
    expect(passes(claimsAreInBalances([claimed(9n, 2n, 3n), claimed(10n, 2n, 3n)]))).toBe(false);
    expect(passes(claimsAreInBalances([]))).toBe(false);
  });

  it('may leave no more than the dust of rounding with nobody', () => {
    const money = { ...paid, data: '1000', relevance: '304', remainder: '200' };
    const check = (earned: bigint, toTreasury = 0n) =>
      passes(contributorsGotTheDataMoney([claimed(earned, earned, 0n)], money, toTreasury, 2));
    expect(check(1500n)).toBe(true);
    expect(check(1440n)).toBe(true);
    expect(check(1400n)).toBe(false);
    expect(check(1501n)).toBe(false);
    expect(check(1400n, 100n)).toBe(true);
  });

  it('of the data must be divided whole among words, phrases and the treasury', () => {
    const divided = { data: '10', relevance: '20', remainder: '5', shared: '1' };
    const check = (data: bigint, toTreasury = 5n) =>
      passes(dataMoneyIsDivided([{ data }, { data: 6n }], divided, toTreasury));
    expect(check(30n)).toBe(true);
    expect(check(31n)).toBe(false);
    expect(check(30n, 6n)).toBe(false);
    expect(passes(dataMoneyIsDivided([], { ...paid, ...divided }, 0n))).toBe(false);
  });

  it('is shown in OPEN, never more than there is', () => {
    expect(inOpen(1_234_567_890_123_456_789n)).toBe('1.2345 OPEN');
    expect(inOpen(1n)).toBe('0.0000 OPEN');
    expect(inOpen(1_000n * 10n ** 18n)).toBe('1000.0000 OPEN');
  });
});

describe('the reviews of the watcher', () => {
  const all = { contributions: [2, 3], calibrations: 1, receipts: 3 };
  const log = (...more: readonly Line[]): readonly Line[] => [
    { event: 'started' },
    { event: 'reviewed', contribution: 2, false: 0 },
    { event: 'reviewed', contribution: 2, false: 0 },
    { event: 'reviewed', claim: '0x1', model: 1, verdict: 'unknown' },
    { event: 'reviewed', claim: '0x1', model: 1, verdict: 'holds' },
    { event: 'reviewed', settlement: '0x2', holds: 2, false: 0, unknown: 1 },
    ...more,
  ];
  const rest: readonly Line[] = [
    { event: 'reviewed', contribution: 3, false: 0 },
    { event: 'reviewed', settlement: '0x2', holds: 1, false: 0, unknown: 0 },
  ];
  const agrees = (...more: readonly Line[]): boolean => passes(watcherAgrees(reviewedBy(log(...more)), all));

  it('must cover every declaration, calibration and receipt', () => {
    expect(agrees(...rest)).toBe(true);
    expect(agrees()).toBe(false);
    for (const each of rest) expect(agrees(each)).toBe(false);
  });

  it('must find nothing false, miss nothing, and end in no challenge or demand', () => {
    for (const found of [
      { event: 'reviewed', contribution: 3, false: 1 },
      { event: 'reviewed', claim: '0x3', model: 2, verdict: 'false' },
      { event: 'reviewed', settlement: '0x4', holds: 0, false: 1, unknown: 0 },
      { event: 'challenging' },
      { event: 'demanding' },
      { event: 'over', receipt: '0x4/1', status: 'final' },
      { event: 'reviewed', claim: '0x3', model: 2, verdict: 'unknown', late: true },
    ])
      expect(agrees(...rest, found), JSON.stringify(found)).toBe(false);
  });
});

describe('the next steps', () => {
  it('name the chain and the receipt, in a form that a shell takes', () => {
    const steps = stripVTControlCharacters(nextSteps('/tmp/my net', '0xab/3'));
    expect(steps).toContain("npx openledger devnet --home '/tmp/my net'");
    expect(steps).toContain("npx openledger explain 0xab/3 --home '/tmp/my net'");
    // In some shells echo replaces what follows a backslash.
    expect(steps).not.toContain('\\');
  });
});

describe('the reporter of steps', () => {
  const narrator = () => {
    let text = '';
    const out = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    });
    const reporter = createStepReporter(Object.assign(out, { isTTY: false }) as NodeJS.WriteStream);
    return { reporter, written: () => text };
  };
  const narrated = async (work: () => Promise<string>): Promise<string> => {
    const { reporter, written } = narrator();
    await reporter.step('walk', async () => ({ value: 1, done: await work() })).catch(() => undefined);
    return written();
  };

  it('writes one line a step where nobody watches, with what was done and how long it took', async () => {
    expect(await narrated(async () => 'all the way')).toMatch(/^.*walk +all the way +.*\d\.\d s.*\n$/);
  });

  it('lets no text of a step or of a report drive the terminal', async () => {
    const hostile = 'a\u001b[2Jb\u202ec\u200bd\r\ne';
    const harmless = 'a\uFFFD[2Jb\uFFFDc\uFFFDd';
    expect(await narrated(async () => hostile)).toContain(`${harmless} e`);
    const { reporter, written } = narrator();
    reporter.print(styleText('bold', hostile, { validateStream: false }));
    expect(written()).toBe(`\u001b[1m${harmless}\ne\u001b[22m\n`);
    expect(errorText({ code: 'X', message: hostile })).toBe(`error X: ${harmless}\ne\n`);
    expect(jsonLine({ hostile })).toBe(`${String.raw`{"hostile":"a\u001b[2Jb\u202ec\u200bd\r\ne"}`}\n`);
    const [line = ''] = earnersTable([{ name: hostile, spans: 0n, relevance: 0n, remainder: 0n }])
      .split('\n')
      .slice(-1);
    expect(line.endsWith(`${harmless} e`)).toBe(true);
  });

  it('marks a step that failed', async () => {
    const failed = await narrated(async () => {
      throw new Error('lost');
    });
    expect(failed).toContain('✗');
    expect(failed).toContain('walk');
  });
});
