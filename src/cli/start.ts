/** `openledger start`: one node, from its home, until it is told to stop. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { applyFlags, type Config, type StartFlags } from '../../node/config.ts';
import { readConfig } from '../../node/home.ts';
import { type RunningNode, startNode } from '../../node/node.ts';
import { stopRequested } from '../../node/stop.ts';
import { CodedError, toFault, unwrap } from '../lib/errors.ts';
import { createLogger } from '../lib/log.ts';
import { toFaultOr } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { runsUntilStopped } from './output.ts';

type Options = StartFlags & { readonly home: string };

/** An error that no part of the node has answered for: it stops, as it can no longer vouch for itself. */
const uncaught = (): Promise<CodedError> =>
  new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      resolve(new CodedError(toFaultOr(error, 'NODE_UNCAUGHT'), { cause: error }));
    });
  });

/** The last line of a log for machines is for machines too. */
const logFailure = (error: unknown): void => {
  const { code, message, data } = toFault(error);
  createLogger({ level: 'error', format: 'json' })
    .child({ module: 'node' })
    .fatal({ code, ...data }, message);
};

const run = async ({ home, ...flags }: Options): Promise<void> => {
  runsUntilStopped();
  // From the first moment on: a signal would end the process otherwise.
  const stop = stopRequested();
  const root = resolve(home);
  let format = flags.logFormat;
  try {
    const config = unwrap(applyFlags(unwrap(readConfig(root)), flags));
    format = config.log.format;
    await runNode(root, config, stop);
  } catch (error) {
    if (format !== 'json') throw error;
    logFailure(error);
    process.exitCode = EXIT.own;
  }
};

/** A node that checks a large database takes minutes to start. Whatever it is at then, it may be cut short. */
const STARTING_MS = 2_000;

const stopStarting = async (starting: Promise<RunningNode>): Promise<void> => {
  const stopped = starting.then((node) => node.stop());
  await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, STARTING_MS))]);
};

const runNode = async (
  root: string,
  config: Config,
  stop: ReturnType<typeof stopRequested>,
): Promise<void> => {
  const starting = startNode({ home: root, config });
  const node = await Promise.race([starting, stop]);
  if (typeof node === 'string') return stopStarting(starting);
  const ended = await Promise.race([stop, node.failed, uncaught()]);
  await node.stop();
  if (typeof ended !== 'string') throw ended;
};

export const registerStart = (program: Command): void => {
  program
    .command('start')
    .description('run the node of a home')
    .requiredOption('--home <dir>', 'the home, made by "openledger init" or "openledger devnet"')
    .option('--peers <multiaddrs>', 'peers to dial, separated by commas, beside those of the config')
    .option('--rpc-host <host>', 'the address the RPC listens on')
    .option('--rpc-port <port>', 'the port the RPC listens on')
    .option('--p2p-host <host>', 'the address the network listens on')
    .option('--p2p-port <port>', 'the port the network listens on')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent')
    .option('--log-format <format>', 'text or json')
    .action(run);
};
