/** `openledger attest`: an attestor at work against a node, until it is told to stop. */
import type { Command } from 'commander';
import { Attestor, AttestorMemory, attestorsOf } from '../services/attest/attestor.ts';
import { firstUnsettled } from '../services/attest/first-waiting.ts';
import { CONTRIBUTION_PATIENCE } from '../services/challenge/demanding.ts';
import { runService } from '../services/run/service.ts';
import { readPatience, type ServiceOptions, serve, withReviewers, withService } from './service.ts';

type Options = ServiceOptions & { readonly patience?: string };

const run = async (options: Options): Promise<void> => {
  const patience = readPatience(options.patience);
  const kind = { name: 'attest', memory: AttestorMemory, signs: true, first: firstUnsettled };
  await serve(kind, options, async (opened) => {
    const attestors = await attestorsOf(opened.client);
    await withReviewers(opened, (reviewers) =>
      runService(opened, (context, memory) => new Attestor(context, reviewers, attestors, memory, patience)),
    );
  });
};

export const registerAttest = (program: Command): void => {
  withService(
    program
      .command('attest')
      .description('settle receipts and calibrate models as an attestor of the genesis, unattended'),
  )
    .option(
      '--patience <blocks>',
      `how long to wait for the text of a contribution before demanding it (default: ${CONTRIBUTION_PATIENCE})`,
    )
    .addHelpText(
      'after',
      '\nStopped at any point and started again, it goes on where it was. Texts come from the node (content_get).',
    )
    .action(run);
};
