import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Four projects, whose files run beside each other. Those of unit and house compute; those of process and e2e start other
// processes and wait for them, so of process more files run at once than there are processors. Of e2e, whose files start
// whole networks, two do.

/** Ends a test that hangs. No test relies on it: how long one takes depends on the machine. */
const HANG_MS = 900_000;

const beside = (name: string, setupFiles: string[] = []) => ({
  name,
  include: [`test/${name}/**/*.test.ts`],
  setupFiles,
  pool: 'forks' as const,
  testTimeout: HANG_MS,
  hookTimeout: HANG_MS,
  sequence: { groupOrder: 0 },
});

/**
 * For each folder the share of lines and of branches, in percent, that the unit project has to run at least. Coverage does
 * not see worker threads and other processes, so the floor of a folder that is tested as a process is low, or 0.
 */
export const FLOORS = {
  'consensus/**': { lines: 95, branches: 90 },
  'state/**': { lines: 95, branches: 90 },
  'p2p/**': { lines: 95, branches: 85 },
  'rpc/**': { lines: 95, branches: 90 },
  'node/{*.ts,mempool/**,devnet/**}': { lines: 90, branches: 80 },
  'src/lib/**': { lines: 95, branches: 85 },
  'src/content/**': { lines: 95, branches: 85 },
  'src/attribution/**': { lines: 95, branches: 75 },
  'src/client/**': { lines: 95, branches: 85 },
  'src/contribute/**': { lines: 0, branches: 0 },
  'src/services/**': { lines: 90, branches: 75 },
  'src/cli/**': { lines: 50, branches: 45 },
};

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    maxWorkers: '100%',
    projects: [
      { test: beside('unit', ['test/unit/no-processes.ts']) },
      { test: beside('house') },
      // Its tests wait more than they work: for processes to start, and for blocks.
      {
        test: {
          ...beside('process'),
          maxWorkers: Math.max(4, availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: HANG_MS,
          hookTimeout: HANG_MS,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['{src,node,consensus,state,p2p,rpc}/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportOnFailure: true,
      thresholds: FLOORS,
    },
  },
});
