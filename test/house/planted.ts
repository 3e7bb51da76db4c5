/**
 * Plants sources in a copy of the project's layout and asks the linters, under the project's own configuration, what
 * they see. The copy stands outside the checkout: nothing is left behind, and nobody else's run trips over it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

const CONFIGURATION = [
  '.gitignore',
  'oxlint.config.ts',
  'biome.json',
  'package.json',
  'tsconfig.json',
  'tools/lint',
];

/** By file, the rule (`eslint(no-restricted-imports)`, `plugin`, …) and the text of each report. */
export type Reports = ReadonlyMap<string, readonly string[]>;

export const biome = (sources: ReadonlyMap<string, string>): Reports =>
  inCopy(sources, (copy) => {
    const report = lint(copy, 'biome', ['lint', '--reporter=json', '--max-diagnostics=none', '.']);
    return byFile(
      arrayAt(report, 'diagnostics').map((each) => [
        text(at(each, 'location', 'path')),
        `${text(at(each, 'category'))}: ${text(at(each, 'message'))}`,
      ]),
    );
  });

/** As {@link oxlint}, each report with the line that it is about: `file:line`. */
export const oxlintByLine = (sources: ReadonlyMap<string, string>): Reports =>
  inCopy(sources, (copy) => {
    const report = lint(copy, 'oxlint', ['--format=json']);
    return byFile(
      arrayAt(report, 'diagnostics').map((each) => {
        const [label] = arrayAt(each, 'labels');
        return [`${text(at(each, 'filename'))}:${String(at(label, 'span', 'line'))}`, text(at(each, 'code'))];
      }),
    );
  });

export const oxlint = (sources: ReadonlyMap<string, string>): Reports =>
  inCopy(sources, (copy) => {
    const report = lint(copy, 'oxlint', ['--format=json']);
    return byFile(
      arrayAt(report, 'diagnostics').map((each) => [
        text(at(each, 'filename')),
        `${text(at(each, 'code'))}: ${text(at(each, 'message'))} ${text(at(each, 'help') ?? '')}`,
      ]),
    );
  });

const inCopy = (sources: ReadonlyMap<string, string>, look: (copy: string) => Reports): Reports => {
  const copy = mkdtempSync(join(tmpdir(), 'openledger-planted-'));
  try {
    for (const name of CONFIGURATION) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, source] of sources) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), source);
    }
    return look(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
};

const lint = (copy: string, program: string, args: readonly string[]): unknown => {
  const run = spawnSync(join(ROOT, 'node_modules', '.bin', program), args, {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.error !== undefined) throw run.error;
  try {
    return JSON.parse(run.stdout);
  } catch (cause) {
    throw new Error(`${program} gave no report:\n${run.stdout}\n${run.stderr}`, { cause });
  }
};

const byFile = (reports: readonly (readonly [string, string])[]): Reports => {
  const map = new Map<string, string[]>();
  for (const [file, report] of reports) map.set(file, [...(map.get(file) ?? []), report]);
  return map;
};

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  );

const arrayAt = (value: unknown, name: string): readonly unknown[] => {
  const array = at(value, name);
  if (!Array.isArray(array)) throw new Error(`the report has no ${name}`);
  return array;
};

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new Error(`a report without its text: ${JSON.stringify(value)}`);
  return value;
};
