/**
 * Prints the environment of the examples for a devnet, as `node --env-file` reads it. The argument is a file with what
 * `openledger devnet --json` prints. Each role of the examples gets an account of the devnet.
 */
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';

type Ready = {
  readonly nodes: readonly { readonly rpc: string }[];
  readonly accounts: readonly { readonly name: string; readonly privateKey: string }[];
};

const ACCOUNTS = {
  OPENLEDGER_KEY: 'alice',
  OPENLEDGER_FOUNDER_KEY: 'bob',
  OPENLEDGER_REVIEWER_1_KEY: 'carol',
  OPENLEDGER_REVIEWER_2_KEY: 'dave',
  OPENLEDGER_PROVIDER_KEY: 'erin',
  OPENLEDGER_PAYER_KEY: 'frank',
};

const [file] = argv.slice(2);
if (file === undefined) throw new Error('usage: node devnet-environment.ts FILE');
const [line = ''] = readFileSync(file, 'utf8').split('\n');
const { nodes, accounts } = JSON.parse(line) as Ready;

console.log(`OPENLEDGER_RPC=${nodes[0]?.rpc}`);
for (const [variable, name] of Object.entries(ACCOUNTS)) {
  const account = accounts.find((each) => each.name === name);
  if (account === undefined) throw new Error(`the devnet has no account ${name}`);
  console.log(`${variable}=${account.privateKey}`);
}
