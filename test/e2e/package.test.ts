/** The package as a user gets it: packed, installed into an empty project, type-checked there, and used on a devnet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { toFault } from '../../src/lib/errors.ts';
import { type EmptyProject, installInto, pack, type Tarball } from '../../tools/release/empty-project.ts';
import { checkExamples, exampleFiles, runExamples } from '../../tools/release/examples.ts';
import { checkFiles, withDevnet } from '../../tools/release/steps.ts';

/** What npm says when it has a package neither in its cache nor from a registry. */
const NO_REGISTRY = /ENOTCACHED|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET/;

const folder = mkdtempSync(join(tmpdir(), 'openledger-package-'));
const tarball: Tarball = await pack(folder, '--no-check');
const install = async (): Promise<EmptyProject | undefined> => {
  try {
    return await installInto(tarball);
  } catch (error) {
    if (!NO_REGISTRY.test(toFault(error).message)) throw error;
    console.log('skipped: npm reaches no registry and its cache lacks a package, so nothing is installed');
    return undefined;
  }
};
const project = await install();
afterAll(() => {
  project?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('the tarball holds what a user needs, and nothing of the workshop', () => {
  expect(() => checkFiles(tarball)).not.toThrow();
});

describe.skipIf(project === undefined)('in an empty project', () => {
  const installed = (): EmptyProject => project ?? expect.unreachable();

  test('the types of both entries need no others, and the examples and pieces of code fit them', async () => {
    const { pieces } = await checkExamples(installed());
    expect(pieces).toBeGreaterThan(10);
  });

  test('every example does what it says, on a devnet of the installed command', async () => {
    const printed = await withDevnet(installed(), 1, (ready) => runExamples(installed(), ready));
    expect([...printed.keys()].filter((name) => name.endsWith('.ts')).sort()).toEqual(
      exampleFiles().filter((name) => !name.endsWith('environment.ts')),
    );
    expect(printed.get('claim-rewards.ts')).toMatch(/\nclaimed 0\.\d+ OPEN\n/);
    expect(printed.get('errors.ts')).toMatch(/TX_OUTCOME_UNKNOWN: .*\nit is committed/);
  });
});
