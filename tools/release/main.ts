/**
 * `npm run release:check`: packs the package, installs the tarball into an empty project, and tries it there as a client,
 * a devnet and a validator, on this Node and on the oldest one that package.json allows. The exit code is 0 only if every
 * step holds, 1 if one does not, 2 for bad arguments.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fault, toFault } from '../../src/lib/errors.ts';
import { parseStrictly } from '../lib/options.ts';
import { errorText, jsonLine } from '../lib/say.ts';
import { createStepReporter } from '../lib/step-reporter.ts';
import { type EmptyProject, execute, installInto, pack, type Tarball } from './empty-project.ts';
import { checkExamples, runExamples } from './examples.ts';
import { checkFiles, checkNodeVersion, joinDevnet, runValidator, withDevnet } from './steps.ts';

const USAGE = `usage: npm run release:check [-- --this-node] [--json]

Packs the package, installs it into an empty project, and tries it as a client, a devnet and a validator. It does so on
this Node, and on the oldest one that package.json allows, which npm fetches.

  --this-node  try it on this Node only
  --json       print one JSON object on stdout; the progress goes to stderr
  --help       print this text`;

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000).toLocaleString('en')} kB`;

type Reporter = ReturnType<typeof createStepReporter>;

/**
 * Installs the oldest Node that package.json allows, from the registry. The package `node` would choose this package in
 * an install script, which npm does not run.
 */
const fetchNode = async (version: string, folder: string): Promise<string> => {
  const prefix = join(folder, 'node');
  const [system, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
  const name = `node-${system}-${process.arch}`;
  await execute(
    'npm',
    ['install', '--prefix', prefix, `${name}@${version}.0`, '--prefer-offline', '--no-audit', '--no-fund'],
    folder,
  );
  return join(prefix, 'node_modules', name, 'bin', program);
};

const tryOn = async (
  reporter: Reporter,
  tarball: Tarball,
  program: string,
): Promise<{ readonly node: string; readonly packages: number }> => {
  let project: EmptyProject | undefined;
  try {
    const made = await reporter.step('install', async (progress) => {
      progress('npm installs the tarball into an empty project');
      const value = await installInto(tarball, program);
      const { node } = JSON.parse(await value.run('version', '--json')) as { readonly node: string };
      return { value: { project: value, node }, done: `${value.packages()} packages, on Node ${node}` };
    });
    project = made.project;
    const { node } = made;
    const used = made.project;
    await reporter.step('client', async (progress) => {
      progress('the compiler checks the examples, and all types of the dependencies');
      const { pieces } = await checkExamples(used);
      return {
        value: undefined,
        done: `the entries, examples and ${pieces} pieces of code compile with skipLibCheck: false`,
      };
    });
    await reporter.step('devnet', async (progress) => {
      progress('four validators start from the installed package');
      const ran = await withDevnet(used, 4, async (ready) => {
        progress('the examples run, and the attestor beside them');
        const printed = await runExamples(used, ready);
        progress('a fifth node joins');
        await joinDevnet(used, ready);
        return printed.size;
      });
      return { value: undefined, done: `${ran} examples did what they say; a fifth node followed` };
    });
    await reporter.step('validator', async (progress) => {
      progress('one operator makes a chain as docs/operators.md shows');
      await runValidator(used);
      return { value: undefined, done: 'a chain of one validator made three blocks, and stopped cleanly' };
    });
    return { node, packages: used.packages() };
  } finally {
    project?.remove();
  }
};

const check = async (reporter: Reporter, onlyThisNode: boolean, folder: string): Promise<unknown> => {
  const lowest = await reporter.step('version', async () => {
    const value = checkNodeVersion();
    return { value, done: `README, launcher and package.json all ask for Node ${value}` };
  });
  const tarball = await reporter.step('pack', async (progress) => {
    progress('npm builds and packs the package');
    const value = await pack(folder);
    checkFiles(value);
    const { size, unpackedSize, files } = value;
    return { value, done: `${files.length} files, ${kilobytes(size)}, ${kilobytes(unpackedSize)} unpacked` };
  });
  const tries = [await tryOn(reporter, tarball, process.execPath)];
  if (!onlyThisNode) {
    const oldest = await reporter.step('node', async (progress) => {
      progress(`npm fetches Node ${lowest}.0`);
      return { value: await fetchNode(lowest, folder), done: `Node ${lowest}.0, the oldest that is allowed` };
    });
    tries.push(await tryOn(reporter, tarball, oldest));
  }
  const { size, unpackedSize, files } = tarball;
  return { ok: true, tarball: { bytes: size, unpackedBytes: unpackedSize, files: files.length }, tries };
};

const main = async (): Promise<number> => {
  let options: { readonly json: boolean; readonly thisNode: boolean; readonly help: boolean };
  try {
    const { values } = parseStrictly({
      args: process.argv.slice(2),
      options: { json: { type: 'boolean' }, 'this-node': { type: 'boolean' }, help: { type: 'boolean' } },
    });
    options = {
      json: values.json ?? false,
      thisNode: values['this-node'] ?? false,
      help: values.help ?? false,
    };
  } catch (error) {
    const { message } = toFault(error);
    process.stderr.write(`${errorText(fault('ARGUMENT_INVALID', message))}${USAGE}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'openledger-release-'));
  try {
    const reporter = createStepReporter(options.json ? process.stderr : process.stdout);
    const summary = await check(reporter, options.thisNode, resolve(folder));
    if (options.json) process.stdout.write(jsonLine(summary));
    return 0;
  } catch (error) {
    process.stderr.write(errorText(toFault(error)));
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
