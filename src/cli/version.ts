/** `openledger version` */
import type { Command } from 'commander';
import { secp256k1Backend } from '../lib/secp256k1.ts';
import { VERSION } from '../lib/version.ts';
import { printFields, printJson } from './output.ts';

export const registerVersion = (program: Command): void => {
  program
    .command('version')
    .description('print the versions of the software and of what it runs on')
    .option('--json', 'print JSON')
    .action(({ json }: { readonly json?: true }) => {
      const versions = {
        openledger: VERSION,
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
        secp256k1: secp256k1Backend,
      };
      if (json) printJson(versions);
      else printFields(Object.entries(versions));
    });
};
