/** The checks that `npm test` runs, in this order: cheap and static ones first, processes under test last and alone. */

export type Check = {
  readonly name: string;
  /** Which question it answers, for the line printed before it. */
  readonly asks: string;
  readonly command: readonly [string, ...string[]];
  /** Vitest counts its own tests; any other check counts as one. */
  readonly counts: 'itself' | 'vitest';
  /** A check that runs longer is taken to hang: it is stopped and has failed. Several times what a slow machine needs. */
  readonly limitSeconds: number;
};

export const CHECKS: readonly Check[] = [
  {
    name: 'format',
    asks: 'is every file formatted?',
    command: ['biome', 'check', '--linter-enabled=false', '--error-on-warnings', '.'],
    counts: 'itself',
    limitSeconds: 120,
  },
  {
    name: 'purity',
    asks: 'are the pure parts pure, and the rest sound? (biome lint)',
    command: ['biome', 'lint', '--error-on-warnings', '.'],
    counts: 'itself',
    limitSeconds: 120,
  },
  {
    name: 'imports',
    asks: 'do arrows run one way, and promises get awaited? (oxlint, type-aware)',
    command: ['oxlint'],
    counts: 'itself',
    limitSeconds: 240,
  },
  {
    name: 'types',
    asks: 'does it compile?',
    command: ['tsc', '-p', '.'],
    counts: 'itself',
    limitSeconds: 240,
  },
  {
    name: 'unused',
    asks: 'is every file, export and dependency used? (knip)',
    command: ['knip', '--no-progress', '--treat-config-hints-as-errors'],
    counts: 'itself',
    limitSeconds: 240,
  },
  {
    name: 'package',
    asks: 'does it build, and is it fit to be published? (publint)',
    command: ['node', 'tools/build.ts', '--check'],
    counts: 'itself',
    limitSeconds: 240,
  },
  {
    name: 'unit',
    asks: 'unit tests, properties and vectors',
    command: ['vitest', 'run', '--project', 'unit', '--reporter=default'],
    counts: 'vitest',
    limitSeconds: 1200,
  },
  {
    name: 'house',
    asks: 'does each rule catch its planted violation, and do pages and comments cite what is there?',
    command: ['vitest', 'run', '--project', 'house', '--reporter=default'],
    counts: 'vitest',
    limitSeconds: 600,
  },
  {
    name: 'process',
    asks: 'the command and the tools as processes, and stores that are killed',
    command: ['vitest', 'run', '--project', 'process', '--reporter=default'],
    counts: 'vitest',
    limitSeconds: 600,
  },
  {
    name: 'e2e',
    asks: 'real processes, from the outside',
    command: ['vitest', 'run', '--project', 'e2e', '--reporter=verbose'],
    counts: 'vitest',
    limitSeconds: 1200,
  },
];
