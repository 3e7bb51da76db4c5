import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './planted.ts';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const lock = record(JSON.parse(read('package-lock.json')));
const packages = Object.entries(record(lock.packages)).map(([path, entry]) => ({ path, ...record(entry) }));

describe('the lock file', () => {
  test('names no registry', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
    expect(read('package-lock.json')).not.toMatch(/https?:\/\/[^"]*\/-\//);
  });

  // npm ci refuses a lock that lacks what a registry could not offer when the lock was made (npm/cli#9846).
  test('has an entry for the binaries of every platform', () => {
    const paths = new Set(packages.map((each) => each.path));
    const missing = packages.flatMap(({ path, ...entry }) =>
      Object.keys(record('optionalDependencies' in entry ? entry.optionalDependencies : {})).filter(
        (name) => !paths.has(`node_modules/${name}`) && !paths.has(`${path}/node_modules/${name}`),
      ),
    );
    expect(packages.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
  });

  test('lists in allowScripts every package that runs a script when it is installed, and no other', () => {
    const scripted = packages
      .filter((each) => 'hasInstallScript' in each)
      .map((each) => each.path.replace(/^.*node_modules\//, ''));
    const allowed = Object.keys(record(record(JSON.parse(read('package.json'))).allowScripts));
    expect(scripted.sort(byText)).toEqual(allowed.sort(byText));
  });
});

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
