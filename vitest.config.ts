import { defineConfig } from 'vitest/config';

// Four projects. The files of unit, house and process run beside each other; those of e2e start real nodes, and run one
// after the other, so that the processes under test have the machine to themselves.
const beside = (name: string, setupFiles: string[] = []) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles,
    pool: 'forks' as const,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { groupOrder: 0 },
  },
});

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    maxWorkers: '100%',
    projects: [
      beside('unit', ['test/unit/no-processes.ts']),
      beside('house'),
      beside('process'),
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**', 'node/**', 'consensus/**', 'state/**', 'p2p/**', 'rpc/**'],
    },
  },
});
