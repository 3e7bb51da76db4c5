/** The entry of the command under a Node that is too old, which hands over to the Node of the project. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isOneErrorLine } from './run.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })',
)}`;

/** Runs `launcher` in a process that takes itself for Node 20. */
const runOld = (launcher: string) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', OLD_NODE, launcher, 'version', '--json'],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
};

/** Makes a checkout that holds only the entry of the command. */
const bareCheckout = (): { readonly root: string; readonly launcher: string } => {
  const root = mkdtempSync(join(tmpdir(), 'openledger-launcher-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'src/cli'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  const launcher = join(root, 'src/cli/openledger.js');
  copyFileSync(LAUNCHER, launcher);
  return { root, launcher };
};

test('an old Node hands the command over to the Node of the project', () => {
  const { status, stdout, stderr } = runOld(LAUNCHER);
  expect([status, stderr]).toEqual([0, '']);
  // The process that runs the command does not take itself for Node 20.
  expect(JSON.parse(stdout)).toMatchObject({ node: expect.not.stringContaining('20.19.0') });
});

test('an old Node refuses with NODE_TOO_OLD if the project has no Node of its own', () => {
  const { status, stderr } = runOld(bareCheckout().launcher);
  expect(status).toBe(1);
  expect(isOneErrorLine(stderr, 'NODE_TOO_OLD')).toBe(true);
});

test('an old Node refuses with NODE_UNUSABLE if the Node of the project does not start', () => {
  const { root, launcher } = bareCheckout();
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(root, 'node_modules/.bin/node'), 'not a program');
  const { status, stderr } = runOld(launcher);
  expect(status).toBe(1);
  expect(isOneErrorLine(stderr, 'NODE_UNUSABLE')).toBe(true);
});
