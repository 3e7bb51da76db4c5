/**
 * Writes the vectors of version 2 of the rules (test/vectors/attribution) from the oracle alone, over the texts of those of
 * version 1, some of code and of marks, and generated ones. They are frozen since. `shared-2.jsonl` has commons and owners,
 * `calibration-2.jsonl` calibrations of the like.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pick, type Random, randomFrom, times } from '../../tools/lib/random.ts';
import { oracleCalibrate } from './calibration.ts';
import { oracleInformation, oracleTokens, oracleTrace } from './oracle.ts';

const at = (name: string): URL => new URL(`../vectors/attribution/${name}`, import.meta.url);

const write = (name: string, rows: readonly object[]): void =>
  writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

const TEXTS = [
  '',
  '=====',
  '| --- | --- |\n| a   | b   |',
  'def max_size(self, *, n: int = 0) -> float:\n    return self._sizes[n] ** 2  # x_1 != x-1',
  `const a=b=>({...b,[\`k\${b?.c}\`]:c??!1});`,
  '#include <stdio.h>\nint main(void){printf("%d\\n",0x1F&~7u);return 0;}',
  "don't stop—he said: “go!” (twice) … 3.14 × 10⁻³, 50 %, €20",
  '0 1 2 0 1 2 0 1 2 0 1 2',
  'a b c d e f g a b c d e f g h a',
  'Buffalo buffalo Buffalo buffalo buffalo',
  'これは、ペンです。これは「本」です！',
  '价格：￥３００；数量：２',
  'ราคา ๓๐๐ บาท',
  '👍🏽 ✅ ☃ ★ → ± ½ ㎏ ① ⠓',
];

const textOf = (random: Random, words: readonly string[], marks: readonly string[], length: number): string =>
  times(length, () => `${pick(random, words)}${pick(random, marks)}`).join('');

/** A corpus that shares pieces, and an output put together of them with other marks. */
const traceCase = (seed: number) => {
  const random = randomFrom(seed);
  const alphabet = pick(random, [
    times(400, (i) => `rare${i}`),
    times(60, (i) => `word${i}`),
    ['the', 'cat', 'sat', 'on', 'a', 'mat', 'quux', 'plugh', 'zygote', '字', '0', '1'],
    ['x', 'y', 'self', 'return', 'if', '0', '1', '2', 'max', 'size', 'value', 'index', 'none', 'def'],
  ]);
  const plain = [' ', ' ', ' ', '\n'];
  const marked = [' ', ', ', '. ', ' = ', '_', '(', ') ', '; ', ' -- ', '"', "'"];
  const rows = times(1 + random(3), () =>
    times(1 + random(2), () => textOf(random, alphabet, plain, 20 + random(40))),
  );
  const remarked = (text: string): string =>
    text
      .split(/\s+/u)
      .map((word) => `${word}${pick(random, marked)}`)
      .join('');
  const piece = (): string => {
    const words = pick(random, pick(random, rows)).split(/\s+/u);
    const start = random(words.length);
    return words.slice(start, start + 8 + random(24)).join(' ');
  };
  const pieces = times(1 + random(4), piece);
  const output = pieces.map(remarked).join(` ${pick(random, alphabet)} `);
  const prompt = random(2) === 0 ? '' : remarked(pick(random, pieces).split(' ').slice(2, 14).join(' '));
  return { rows, prompt, output, imin: pick(random, [0, 16, 64, 96, 96, 128] as const) };
};

/** The same with commons and owners: each contribution may hold a piece of an earlier one, committed in time or too late. */
const sharedCase = (seed: number) => {
  const random = randomFrom(1000 + seed);
  const { rows, ...given } = traceCase(seed);
  const more = times(3, () =>
    pick(random, rows).map((text) =>
      text
        .split(/\s+/u)
        .slice(0, 9 + random(40))
        .join(' '),
    ),
  );
  const corpus = [...rows, ...more];
  const commons = corpus.flatMap((_, i) => (random(7) === 0 ? [i] : []));
  let commit = 1;
  const origins = corpus.map((_, i) => {
    commit += random(3);
    return commons.includes(i)
      ? null
      : { owner: pick(random, ['alice', 'bob', 'carol']), commit, reveal: commit + 1 + random(6) };
  });
  return { ...given, rows: corpus, commons, origins };
};

/**
 * Data to calibrate: two Datanets, commons, and owners who bring pieces of the same phrases, at once or later. Some items are
 * longer than a stretch, and begin with a prompt part.
 */
const calibrationCase = (seed: number) => {
  const random = randomFrom(2000 + seed);
  const rare = (): string => `rare${random(5000)}`;
  const phrases = times(5, () =>
    times(12 + random(40), () => (random(4) === 0 ? pick(random, ['the', 'of']) : rare())),
  );
  const piece = (): readonly string[] => {
    const phrase = pick(random, phrases);
    const start = random(phrase.length - 8);
    return [...times(random(8), rare), ...phrase.slice(start, start + 8 + random(12))];
  };
  const text = (): readonly string[] =>
    random(8) === 0 ? [...piece(), ...times(280, rare), ...piece()] : times(1 + random(5), piece).flat();
  let contribution = 0;
  let commit = 1;
  const contributions = times(4 + random(3), () => {
    contribution += 1 + random(3);
    commit += random(3);
    const commons = random(8) === 0;
    return {
      contribution,
      datanet: 1 + random(2),
      commons,
      owner: commons ? '' : pick(random, ['alice', 'bob', 'carol', 'dave']),
      commit,
      reveal: commit + 1 + random(8),
      items: times(1 + random(2), () => {
        const words = text();
        return { text: words.join(' '), promptTokens: random(3) === 0 ? random(words.length >> 1) : 0 };
      }),
    };
  });
  return { contributions, draws: 16, targetBps: pick(random, [0, 50, 500] as const) };
};

const known = readFileSync(at('pt1.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => (JSON.parse(line) as { readonly text: string }).text);

write(
  'pt2.jsonl',
  [...TEXTS, ...known].map((text) => {
    const tokens = oracleTokens(text, 2);
    return {
      text,
      tokens: tokens.map((token) => Buffer.from(token).toString('hex')),
      info: oracleInformation(tokens, 2),
    };
  }),
);

write(
  'trace-2.jsonl',
  times(60, (seed) => {
    const { rows, prompt, output, imin } = traceCase(seed);
    const {
      owners: _owners,
      seconds: _seconds,
      sharedSpans: _sharedSpans,
      shared: _shared,
      spans,
      scores,
      ...want
    } = oracleTrace({
      version: 2,
      corpus: rows.map((items) => items.map((text) => oracleTokens(text, 2))),
      prompt: oracleTokens(prompt, 2),
      output: oracleTokens(output, 2),
      imin,
    });
    return {
      rows,
      prompt,
      output,
      imin,
      want: {
        ...want,
        spans: spans.map(({ contribution, ...span }) => ({ ...span, seq: contribution })),
        scores: scores.map(({ contribution, score }) => ({ seq: contribution, score })),
      },
    };
  }),
);

write(
  'shared-2.jsonl',
  times(60, (seed) => {
    const { rows, prompt, output, imin, commons, origins } = sharedCase(seed);
    const {
      owners: _owners,
      seconds: _seconds,
      ...want
    } = oracleTrace({
      version: 2,
      corpus: rows.map((items) => items.map((text) => oracleTokens(text, 2))),
      prompt: oracleTokens(prompt, 2),
      output: oracleTokens(output, 2),
      imin,
      commons: new Set(commons),
      origins: origins.map((origin) => origin ?? undefined),
    });
    return { rows, prompt, output, imin, commons, origins, want };
  }),
);

write(
  'calibration-2.jsonl',
  times(24, (seed) => {
    const { contributions, draws, targetBps } = calibrationCase(seed);
    const hash = createHash('sha256').update(`vector ${seed}`).digest();
    const want = oracleCalibrate(
      contributions.map((each) => ({
        ...each,
        items: each.items.map(({ text, promptTokens }) => ({ tokens: oracleTokens(text, 2), promptTokens })),
      })),
      hash,
      { version: 2, draws, targetBps },
    );
    return { contributions, seed: hash.toString('hex'), draws, targetBps, want };
  }),
);
