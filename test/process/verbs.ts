/** One real devnet for the verbs of the command, with short delays, and the command as a person runs it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { defaultGenesis } from '../../node/genesis-file.ts';
import { genesisToJson } from '../../state/genesis.ts';
import { openWorkshop, type RunningDevnet, startDevnet, type Workshop } from '../e2e/processes.ts';
import { openledger, type Ran } from './run.ts';

export type Verbs = {
  readonly devnet: RunningDevnet;
  readonly shop: Workshop;
  /** Writes a file into the folder of the test, and returns its path. Anything but a text is written as JSON. */
  readonly file: (name: string, content: unknown) => string;
  /** Runs a verb against the devnet. */
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** Runs a verb with `--json`, which must succeed and print one object. */
  readonly json: (...args: readonly string[]) => Promise<Readonly<Record<string, unknown>>>;
  /** Runs a verb that must end with an error, and returns its code. */
  readonly errorOf: (...args: readonly string[]) => Promise<string>;
  /** Runs a verb that must end with an error of this code, and returns all that it says on stderr. */
  readonly refused: (code: string, ...args: readonly string[]) => Promise<string>;
  readonly close: () => Promise<void>;
};

const shortGenesis = (folder: string): string => {
  const genesis = defaultGenesis();
  const { params } = genesis;
  const path = join(folder, 'short.json');
  const blocks = { ...params.blocks, commitPauseMs: 150 };
  // A receipt may be settled for as long as the test runs, however slow the machine is.
  const attribution = {
    ...params.attribution,
    challengeWindow: 3,
    epochBlocks: 8,
    settleEpochs: 500,
    calibrationDraws: 128,
  };
  writeFileSync(
    path,
    JSON.stringify(genesisToJson({ ...genesis, params: { ...params, blocks, attribution } })),
  );
  return path;
};

/** Returns the object that a text is. */
export const objectOf = (text: string): Readonly<Record<string, unknown>> => {
  const value: unknown = JSON.parse(text);
  expect(value, text).toBeTypeOf('object');
  expect(Array.isArray(value), text).toBe(false);
  return value as Readonly<Record<string, unknown>>;
};

/** The code of the error line, and all of stderr if there is none. */
const codeIn = (stderr: string): string => /^error ([A-Z0-9_]+): /m.exec(stderr)?.[1] ?? stderr;

export const openVerbs = async (): Promise<Verbs> => {
  const shop = openWorkshop();
  const home = join(shop.folder, 'devnet');
  const devnet = await startDevnet(shop, home, '--nodes', '1', '--genesis', shortGenesis(shop.folder));
  const files = join(shop.folder, 'files');
  mkdirSync(files);
  // The keys of whoever runs the test would be names as well.
  const env = { OPENLEDGER_KEYSTORE: join(shop.folder, 'keys') };
  const run: Verbs['run'] = (...args) => openledger([...args, '--home', home], { env });
  /** Returns what a verb says on stderr that must not end with 0. */
  const failing = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    expect(code, `${args.join(' ')}: ${stdout}`).not.toBe(0);
    return stderr;
  };
  return {
    devnet,
    shop,
    file: (name, content) => {
      const path = join(files, name);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
    run,
    json: async (...args) => {
      const { code, stdout, stderr } = await run(...args, '--json');
      expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
      return objectOf(stdout);
    },
    errorOf: async (...args) => codeIn(await failing(...args)),
    refused: async (code, ...args) => {
      const stderr = await failing(...args);
      expect(codeIn(stderr)).toBe(code);
      return stderr;
    },
    close: () => shop.close(),
  };
};

/** What a verb that sends a transaction prints, at least. */
export const SENT = {
  id: expect.stringMatching(/^0x[0-9a-f]{64}$/) as unknown,
  status: 'committed',
  height: expect.stringMatching(/^[1-9][0-9]*$/) as unknown,
};
