/** An empty project in a folder of its own, into which the package is installed as a user would install it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { CodedError, fault } from '../../src/lib/errors.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The tail of a program's output that an error shows. */
const LAST_WORDS = 4000;

/** The environment without what npm tells its scripts about the checkout, such as the settings of its .npmrc. */
const OWN_ENV: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
);

/** @throws CodedError `RELEASE_COMMAND` with the last words of a program that fails */
export const execute = (
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = OWN_ENV,
): Promise<string> => {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let lastWords = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      lastWords = `${lastWords}${chunk}`.slice(-LAST_WORDS);
    });
  return new Promise((done, failed) => {
    const fail = (how: string): void =>
      failed(
        new CodedError(
          fault(
            'RELEASE_COMMAND',
            `${program} ${args.join(' ')} ${how}; its last words:\n${lastWords.trim()}`,
          ),
        ),
      );
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('close', (code, signal) => {
      if (code === 0) done(out);
      else fail(`ended with ${signal ?? `exit code ${code}`}`);
    });
  });
};

export type Tarball = {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  /** The paths of its files. */
  readonly files: readonly string[];
};

/**
 * Builds the package and packs it into `folder`.
 * @param build - the arguments of `tools/build.ts`
 */
export const pack = async (folder: string, ...build: readonly string[]): Promise<Tarball> => {
  await execute(process.execPath, ['tools/build.ts', ...build], ROOT);
  const out = await execute(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    ROOT,
  );
  const answer = JSON.parse(out) as unknown;
  // npm 11 prints an array, npm 12 an object by name.
  const [packed] = (Array.isArray(answer) ? answer : Object.values(answer as object)) as [
    { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
  ];
  return {
    path: join(folder, packed.filename),
    size: packed.size,
    unpackedSize: packed.unpackedSize,
    files: packed.files.map(({ path }) => path).sort(),
  };
};

export type EmptyProject = {
  readonly folder: string;
  /** Writes a file, and the folders above it. */
  readonly write: (path: string, text: string) => void;
  /** Runs `node` in the project. */
  readonly node: (...args: readonly string[]) => Promise<string>;
  /** Runs the compiler of the checkout on the project, with its tsconfig.json. */
  readonly compile: (config: string) => Promise<string>;
  /** The Node on which its programs run. */
  readonly program: string;
  /** The entry of the installed command. */
  readonly command: string;
  /** Runs the installed command to its end, and returns its stdout. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** The number of packages that came with the package. */
  readonly packages: () => number;
  readonly remove: () => void;
};

/**
 * Makes an empty project and installs the tarball into it. No install script runs, as npm 12 has it unless a user allows
 * scripts: the native parts come as prebuilt files.
 * @param node the Node on which the programs of the project run
 */
export const installInto = async (tarball: Tarball, node = process.execPath): Promise<EmptyProject> => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-project-'));
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('package.json', `${JSON.stringify({ name: 'empty', private: true, type: 'module' })}\n`);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await execute(
      'npm',
      [
        'install',
        tarball.path,
        '--prefer-offline',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        // Where there is no registry, npm says so at once.
        '--fetch-retries=0',
      ],
      folder,
    );
  } catch (error) {
    remove();
    throw error;
  }
  // Programs that look for "node" find the one under test.
  const env = { ...OWN_ENV, PATH: [resolve(node, '..'), OWN_ENV.PATH ?? ''].join(delimiter) };
  const command = join(folder, 'node_modules/openledger/src/cli/openledger.js');
  return {
    folder,
    program: node,
    command,
    run: (...args) => execute(node, [command, ...args], folder, env),
    packages: () => readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')).length,
    write,
    node: (...args) => execute(node, args, folder, env),
    compile: (config) => execute(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config], folder),
    remove,
  };
};
