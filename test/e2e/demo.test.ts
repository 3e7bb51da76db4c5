/** The demo as anyone runs it, held to its own summary, and its chain taken up again afterwards. */

import { exec, execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import Type from 'typebox';
import Value from 'typebox/value';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeResult } from '../../src/client/decode.ts';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { OPENLEDGER, openWorkshop } from './processes.ts';

const DEMO = fileURLToPath(new URL('../../tools/demo/main.ts', import.meta.url));
/** The time after which the demo is taken to hang. */
const HANG_MS = 3_600_000;

const Amount = Type.String({ pattern: '^(0|[1-9][0-9]*)$' });
const strict = { additionalProperties: false };
const Summary = Type.Object(
  {
    chainId: Amount,
    height: Amount,
    stateRoots: Type.Array(Type.String({ pattern: '^0x[0-9a-f]{64}$' }), { minItems: 4, maxItems: 4 }),
    fees: Amount,
    paid: Type.Object(
      {
        burned: Amount,
        treasury: Amount,
        attestors: Amount,
        providers: Amount,
        model: Amount,
        stakers: Amount,
        data: Amount,
        relevance: Amount,
        remainder: Amount,
        shared: Amount,
      },
      strict,
    ),
    receipts: Type.Integer(),
    settled: Type.Integer(),
    seconds: Type.Number(),
    earned: Type.Array(
      Type.Object({ address: Type.String({ pattern: '^0x[0-9a-f]{40}$' }), amount: Amount }, strict),
    ),
  },
  strict,
);

const Ready = Type.Object({ nodes: Type.Array(Type.Object({ rpc: Type.String() })) });

const workshop = openWorkshop();
afterAll(() => workshop.close());

describe('the demo', () => {
  const home = join(workshop.folder, 'demo');

  it(
    'ends with a summary in which every unit of the fees is somewhere, on one chain that a devnet goes on with, and with commands that work',
    async () => {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        [DEMO, '--json', '--home', home],
        {
          timeout: HANG_MS,
          killSignal: 'SIGINT',
        },
      );
      const summary = Value.Parse(Summary, JSON.parse(stdout));
      expect(new Set(summary.stateRoots).size).toBe(1);
      const parts = Object.values(summary.paid).map(BigInt);
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(BigInt(summary.fees));
      // Whoever copied in the demo came after the first had shown the text, so nothing is shared.
      const { shared, ...others } = summary.paid;
      expect(shared).toBe('0');
      expect(Object.values(others).every((part) => BigInt(part) > 0n)).toBe(true);
      expect(summary.settled).toBe(summary.receipts);
      expect(summary.settled).toBeGreaterThanOrEqual(1319 + 100);
      // Ten contributors, four authors, and whoever copied one of them.
      expect(new Set(summary.earned.map(({ address }) => address)).size).toBe(15);

      const devnet = workshop.run('devnet', '--home', home, '--json');
      const ready = Value.Parse(Ready, JSON.parse(await devnet.line(0)));
      const clients = ready.nodes.map(({ rpc }) => createRpcClient(rpc));
      expect(clients).toHaveLength(4);
      for (const client of clients) {
        const { height, chainId } = await client.call('node_status');
        expect(chainId.toString()).toBe(summary.chainId);
        expect(height).toBeGreaterThan(BigInt(summary.height));
        const next = await client.call('chain_getHeader', { height: BigInt(summary.height) + 1n });
        expect(toHex(next.stateRoot)).toBe(summary.stateRoots[0]);
        const found = await client.call('rewards_totals');
        expect(encodeResult('rewards_totals', found)).toMatchObject({
          totals: { fees: summary.fees, ...summary.paid },
        });
        for (const { address, amount } of summary.earned) {
          const { claimed } = await client.call('rewards_get', { address });
          expect(Object.values(claimed).reduce((sum, part) => sum + part, 0n)).toBe(BigInt(amount));
        }
      }

      // What the demo says can be done next, as somebody pastes it.
      const commands = stripVTControlCharacters(stderr)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => /^(npx openledger (explain|contribute|review)|echo) /.test(line));
      expect(commands).toHaveLength(4);
      const shell = commands
        .map((line) => line.replace(/^npx openledger/, OPENLEDGER.join(' ')))
        .join(' && ');
      const done = await promisify(exec)(shell);
      expect(done.stdout).toContain('whose phrases');
      expect(done.stdout).toContain('He has 3 + 4 = 7 apples.');
      expect(done.stdout).toMatch(/^contribution +lines +items +reveal\n\d+ +1-1 +1 +0x[0-9a-f]{64}$/m);
    },
    2 * HANG_MS,
  );

  it('refuses a directory that is not empty, and arguments it does not know, with exit code 2', async () => {
    const run = promisify(execFile);
    await expect(run(process.execPath, [DEMO, '--home', home])).rejects.toMatchObject({ code: 2 });
    await expect(run(process.execPath, [DEMO, '--hme', home])).rejects.toMatchObject({ code: 2 });
  });
});
