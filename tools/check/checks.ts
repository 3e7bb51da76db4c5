/**
 * The checks that `npm test` runs, in this order: fast and static ones first. Processes under test run last, and
 * nothing runs beside them.
 */

export type Check = {
  readonly name: string;
  /** The question that the check answers, which is printed before it runs. */
  readonly asks: string;
  readonly command: readonly [string, ...string[]];
  /** How the check is counted: by the tests of vitest, or as one. */
  readonly counts: 'itself' | 'vitest';
  /** A check that runs longer is taken to hang: it is stopped, and has failed. */
  readonly limitSeconds: number;
};

/** Many times what a static check takes on a loaded machine. */
const HANG_SECONDS = 1_800;

export const CHECKS: readonly Check[] = [
  {
    name: 'format',
    asks: 'is every file formatted?',
    command: ['biome', 'check', '--linter-enabled=false', '--error-on-warnings', '.'],
    counts: 'itself',
    limitSeconds: HANG_SECONDS,
  },
  {
    name: 'purity',
    asks: 'are the pure parts pure, and the rest sound? (biome lint)',
    command: ['biome', 'lint', '--error-on-warnings', '.'],
    counts: 'itself',
    limitSeconds: HANG_SECONDS,
  },
  {
    name: 'imports',
    asks: 'do arrows run one way, and promises get awaited? (oxlint, type-aware)',
    command: ['oxlint'],
    counts: 'itself',
    limitSeconds: HANG_SECONDS,
  },
  {
    name: 'types',
    asks: 'does it compile?',
    command: ['tsc', '-p', '.'],
    counts: 'itself',
    limitSeconds: HANG_SECONDS,
  },
  {
    name: 'unused',
    asks: 'is every file, export and dependency used? (knip)',
    command: ['knip', '--no-progress', '--treat-config-hints-as-errors'],
    counts: 'itself',
    limitSeconds: HANG_SECONDS,
  },
  {
    name: 'package',
    asks: 'does it build, and is it fit to be published? (publint)',
    command: ['node', 'tools/build.ts', '--check'],
    counts: 'itself',
    limitSeconds: HANG_SECONDS,
  },
  {
    name: 'unit',
    asks: 'unit tests, properties and vectors',
    command: ['vitest', 'run', '--project', 'unit', '--reporter=default'],
    counts: 'vitest',
    limitSeconds: 6 * HANG_SECONDS,
  },
  {
    name: 'house',
    asks: 'does each rule catch its planted violation, and do pages and comments cite what is there?',
    command: ['vitest', 'run', '--project', 'house', '--reporter=default'],
    counts: 'vitest',
    limitSeconds: 6 * HANG_SECONDS,
  },
  {
    name: 'process',
    asks: 'the command and the tools as processes, and stores that are killed',
    command: ['vitest', 'run', '--project', 'process', '--reporter=default'],
    counts: 'vitest',
    limitSeconds: 6 * HANG_SECONDS,
  },
  {
    name: 'e2e',
    asks: 'real processes, from the outside',
    command: ['vitest', 'run', '--project', 'e2e', '--reporter=verbose'],
    counts: 'vitest',
    limitSeconds: 6 * HANG_SECONDS,
  },
];
