/** The examples of docs/examples and the code of docs/client.md, checked and run as a user's project would. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EmptyProject } from './empty-project.ts';
import { snippets, toModule } from './snippets.ts';
import { attesting, checkTypes, type DevnetReady } from './steps.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = 'docs/examples';

/** The examples, by the name of their file. */
export const exampleFiles = (): readonly string[] =>
  readdirSync(join(ROOT, FOLDER))
    .filter((name) => name.endsWith('.ts'))
    .sort();

const readExample = (name: string): string => readFileSync(join(ROOT, FOLDER, name), 'utf8');

/** Imports both entries, and nothing of Node: the types of the package need no others. */
const BOTH = `import * as openledger from 'openledger';
import * as attribution from 'openledger/attribution';

export const all = { openledger, attribution };
`;

/** The packages with the types of Node, which a project installs for its own programs. */
const NODE_TYPES = ['@types/node', 'undici-types'];

const linkNodeTypes = (project: EmptyProject): void => {
  for (const name of NODE_TYPES) {
    const link = join(project.folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', name), link);
  }
};

/**
 * Compiles both entries without the types of Node, for Node and for bundlers, then the examples and all pieces of code
 * with them. @throws CodedError `RELEASE_COMMAND` with the errors of the compiler
 */
export const checkExamples = async (project: EmptyProject): Promise<{ readonly pieces: number }> => {
  project.write('both.ts', BOTH);
  await checkTypes(project, 'nodenext', ['both.ts'], []);
  await checkTypes(project, 'bundler', ['both.ts'], []);
  linkNodeTypes(project);
  for (const name of exampleFiles()) project.write(`examples/${name}`, readExample(name));
  const pieces = snippets();
  for (const [i, piece] of pieces.entries())
    project.write(`pieces/${i}.ts`, `// ${piece.place}\n${toModule(piece)}`);
  await checkTypes(project, 'nodenext', ['examples', 'pieces'], ['node']);
  return { pieces: pieces.length };
};

/** The examples in which one contribution is made, found in an answer, and paid. Each needs what the one before made. */
const STORY = ['contribute.ts', 'pay-inference.ts', 'claim-rewards.ts'];
/** What the examples share. They are no programs of their own. */
const SHARED = ['environment.ts', 'devnet-environment.ts'];

/**
 * Runs every example, and every whole program of docs/client.md, on a devnet of the installed command.
 * @returns what each of them printed, by its name
 * @throws CodedError `RELEASE_COMMAND` with the last words of one that fails
 */
export const runExamples = async (
  project: EmptyProject,
  ready: DevnetReady,
): Promise<ReadonlyMap<string, string>> => {
  project.write('devnet.jsonl', `${JSON.stringify(ready)}\n`);
  project.write('devnet.env', await project.node('examples/devnet-environment.ts', 'devnet.jsonl'));
  // The programs beside the story act for another account, so that neither waits for the nonces of the other.
  const other = ready.accounts.find(({ name }) => name === 'grace');
  project.write('other.env', `OPENLEDGER_KEY=${other?.privateKey}\n`);
  const printed = new Map<string, string>();
  const run = async (name: string, file: string, ...environment: readonly string[]): Promise<void> => {
    const flags = environment.map((each) => `--env-file=${each}`);
    printed.set(name, await project.node(...flags, file));
  };

  const story = async (): Promise<void> => {
    for (const name of STORY) await run(name, `examples/${name}`, 'devnet.env');
  };
  const rest = async (): Promise<void> => {
    for (const name of exampleFiles().filter((each) => !STORY.includes(each) && !SHARED.includes(each)))
      await run(name, `examples/${name}`, 'devnet.env', 'other.env');
    for (const [i, { place, whole }] of snippets().entries())
      if (whole) await run(place, `pieces/${i}.ts`, 'devnet.env', 'other.env');
  };
  await attesting(project, () => Promise.all([story(), rest()]));
  return printed;
};
