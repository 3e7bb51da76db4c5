/** What can be run beside busy processes. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Job = {
  readonly what: string;
  /** Returns the command. @param home - a folder of this run, which is kept if the run fails */
  readonly command: (home: string, args: readonly string[]) => readonly [program: string, ...args: string[]];
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

const project = (name: string, what: string): Job => ({
  what,
  command: (_home, filters) => [
    process.execPath,
    VITEST,
    'run',
    '--root',
    ROOT,
    '--project',
    name,
    ...filters,
  ],
});

export const JOBS = {
  demo: {
    what: 'the demo; arguments such as --lie are passed on to it',
    command: (home, args) => [
      process.execPath,
      join(ROOT, 'tools', 'demo', 'main.ts'),
      '--json',
      '--home',
      home,
      ...args,
    ],
  },
  e2e: project('e2e', 'the end-to-end tests; arguments choose files'),
  process: project('process', 'the tests of the command and the tools; arguments choose files'),
} as const satisfies Readonly<Record<string, Job>>;

export type JobName = keyof typeof JOBS;
