import { describe, expect, test } from 'vitest';
import { traceTexts } from '../../../../src/attribution/attestor.ts';
import { corpusOf } from '../../../../src/attribution/corpus.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { refuteClaim } from '../../../../src/attribution/prover/claim-prover.ts';
import { lieAbout } from '../../../../src/cli/liar/lie.ts';
import { BEES, QUESTION, SAILS } from '../../../../src/cli/liar/stories.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { bordersOf } from '../../../../state/attribution/borders.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import { settleClaim } from '../../../../state/attribution/settlement.ts';

const textRules = rulesOf(2);
const tokens = (text: string) => unwrap(textRules.tokenizeText(text));
const rules = {
  version: 2,
  matchTokensMin: 8,
  matchTokensMax: 256,
  matchBitsMin: 128,
  promptMin: 8,
} as const;
const contributions = [BEES, SAILS].map((texts, contribution) => ({
  contribution,
  items: texts.map(tokens),
}));
const corpus = corpusOf(contributions, new Set(), rules);
const words = (text: string, count: number): string => text.split(' ').slice(0, count).join(' ');
const output = tokens(`This is what I know. ${words(BEES[0] ?? '', 26)} I hope that it helps.`);
const prompt = tokens(QUESTION);
const honest = traceTexts(corpus, { output, prompt }, rules);
const items = contributions.flatMap((each) =>
  each.items.map((text, item) => ({ contribution: each.contribution, item, tokens: text })),
);
const everyone = (): boolean => true;

/** What the chain knows when it takes a claim. */
const context = {
  outputTokens: output.count,
  promptTokens: prompt.count,
  rules: textRules,
  matchBitsMin: rules.matchBitsMin,
  parameters: DEFAULT_PARAMETERS,
  commons: new Set<number>(),
};

const verdictOf = (claim: Claim) =>
  refuteClaim(claim, {
    output,
    prompt,
    promptTokens: prompt.count,
    info: textRules.informationOf(infoTable(), output),
    source: (contribution, item) => contributions[contribution]?.items[item],
    commons: new Set(),
    rules,
    honest: () => honest.claim,
    complete: true,
  });

describe('a lie', () => {
  test('has the structure of a true claim, gives the words to another, and is refuted by one word', () => {
    expect(honest.attribution.spans).toMatchObject([{ contribution: 0 }]);
    const lie = lieAbout(output, honest, everyone, items);
    if (lie === undefined) return expect.unreachable();
    expect([lie.truth, lie.claimed]).toEqual([
      { contribution: 0, item: 0, pos: 0 },
      { contribution: 1, item: 0, pos: 0 },
    ]);
    expect(settleClaim(lie.claim, context)).toMatchObject({ ok: true });
    expect(verdictOf(honest.claim)).toEqual({ type: 'holds' });
    expect(verdictOf(lie.claim)).toMatchObject({
      type: 'false',
      finding: { type: 'invalid', part: 'match' },
    });
  });

  test('says of nobody else that they brought the words, and has the sums of the borders that are left', () => {
    const [match] = honest.claim.matches;
    if (match === undefined) return expect.unreachable();
    const info = textRules.informationOf(infoTable(), output);
    const run = { match: 0, start: match.start, end: match.end - 3, contribution: 5, item: 0, pos: 0 };
    const runs = { ...honest.claim, shared: [run] };
    const sums = bordersOf(runs, output.count).map((border) =>
      info.subarray(0, border).reduce((sum, bits) => sum + bits, 0),
    );
    const claim = { ...runs, info: sums };
    expect(settleClaim(claim, context)).toMatchObject({ ok: true });
    const lie = lieAbout(output, { ...honest, claim }, everyone, items);
    expect(lie?.claim.shared).toEqual([]);
    expect(lie && settleClaim(lie.claim, context)).toMatchObject({ ok: true });
    expect(lie?.claim).toEqual(lieAbout(output, honest, everyone, items)?.claim);
  });

  test('is not told where nobody is paid, or where no other text is long enough', () => {
    expect(lieAbout(output, honest, () => false, items)).toBeUndefined();
    expect(
      lieAbout(
        output,
        honest,
        everyone,
        items.filter(({ contribution }) => contribution === 0),
      ),
    ).toBeUndefined();
    const short = [{ contribution: 1, item: 0, tokens: tokens('too short') }];
    expect(lieAbout(output, honest, everyone, short)).toBeUndefined();
    const none = traceTexts(corpus, { output: tokens('nothing of it'), prompt }, rules);
    expect(lieAbout(tokens('nothing of it'), none, everyone, items)).toBeUndefined();
  });
});
