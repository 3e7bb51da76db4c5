/** `openledger watch`: reviews every claim that a node sees, and challenges what is false, until it is told to stop. */
import type { Command } from 'commander';
import type { RpcClient } from '../client/rpc-client.ts';
import { runService } from '../services/run/service.ts';
import { Watcher, WatcherMemory } from '../services/watch/watcher.ts';
import {
  firstOpen,
  readPatience,
  type ServiceOptions,
  serve,
  withReviewers,
  withService,
} from './service.ts';

type Options = ServiceOptions & { readonly dryRun?: true; readonly patience?: string };

/** Blocks to wait for texts: half a challenge window, unless told otherwise. */
const patienceOf = async (client: RpcClient, { patience }: Options): Promise<bigint> => {
  const given = readPatience(patience);
  if (given !== undefined) return given;
  const { attribution } = await client.call('chain_getParams');
  return BigInt(attribution.challengeWindow >>> 1);
};

const run = async (options: Options): Promise<void> => {
  const dryRun = options.dryRun === true;
  const name = dryRun ? 'watch-dry' : 'watch';
  const kind = { name, memory: WatcherMemory, signs: !dryRun, first: firstOpen };
  await serve(kind, options, async (opened) => {
    const patience = await patienceOf(opened.client, options);
    await withReviewers(opened, (reviewers) =>
      runService(opened, (context, memory) => new Watcher(context, reviewers, { dryRun, patience }, memory)),
    );
  });
};

export const registerWatch = (program: Command): void => {
  withService(
    program
      .command('watch')
      .description(
        'review what attestors claim and contributors declare, and challenge what is false, unattended',
      ),
  )
    .option(
      '--patience <blocks>',
      'how long to wait for texts before demanding them (default: half a window)',
    )
    .option('--dry-run', 'say what would be challenged, and send nothing; needs no --key')
    .addHelpText(
      'after',
      '\nEach challenge posts a bond, which is lost if its witness proves nothing. Stopped at any point and started again,\n' +
        'it goes on where it was, and challenges nothing twice.',
    )
    .action(run);
};
