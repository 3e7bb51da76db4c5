/** Reviewers at their desk, against a small chain: what they let pass, and what they do not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import type { FullDeclaration } from '../../../src/attribution/declaration.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { nextContribution } from '../../../state/modules/data/contributions.ts';
import { contributionCommitment } from '../../../state/tx/contribution-commit.ts';
import { createRegister, digestOf, type Prepared, prepare } from '../../../tools/demo/prepared.ts';
import { openReviewDesk } from '../../../tools/demo/review.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

const chain = smallChain(smallGenesis([alice, bob]));
const timer = setInterval(chain.seal, 10);
let server: RpcServer;

beforeAll(async () => {
  const limits = { maxBodyBytes: 4 << 20, maxBatch: 100, rateLimit: undefined };
  server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
});
afterAll(async () => {
  clearInterval(timer);
  await server.close();
});

const NOTICE =
  'All of these entries are given away under the licence that stands in the file beside them, as it is.';
const commons = prepare([{ text: NOTICE, prompt: '' }]);
const words = (name: string, from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${name}${from + i}`).join(' ');

const upload = (prepared: Prepared) =>
  createRpcClient(server.url).call('content_put', {
    objects: [
      {
        type: 'contribution',
        items: prepared.items.map(({ text, promptTokens, salt }) => ({
          text,
          promptTokens,
          salt: toHex(salt),
        })),
      },
    ],
  });

describe('a desk', () => {
  it('accepts true declarations, rejects each false one, and holds what is rejected against nobody', async () => {
    const client = createRpcClient(server.url);
    const wallet = await createWallet(client, alice.privateKey);
    const commit = { mode: 'commit' } as const;
    await upload(commons);
    await wallet.send(
      'datanetCreate',
      {
        name: 'entries',
        domain: 'words',
        licence: 'MIT',
        schema: { fields: ['text'], promptFields: 0 },
        commons: {
          root: commons.root,
          items: 1,
          tokens: BigInt(commons.tokens),
          bytes: BigInt(commons.bytes),
        },
        matchBitsFloor: 0,
        access: 'open',
        contributors: [],
        reviewers: [alice.address, bob.address],
        quorum: 2,
        bondPerByte: 10n ** 11n,
        prices: { inMin: 0n, outMin: 0n },
      },
      commit,
    );
    const register = createRegister();
    register.add(1, commons.items);
    const desk = openReviewDesk(client);

    /** Commits, uploads, reveals with what `change` makes of the truth, and asks the desk. */
    const judged = async (
      texts: readonly string[],
      change: (truth: FullDeclaration) => Partial<FullDeclaration> = () => ({}),
      against = register,
    ) => {
      const prepared = prepare(texts.map((text) => ({ text, prompt: '' })));
      const { root } = prepared;
      const contribution = chain.node.read(({ view }) => nextContribution(view));
      const salt = new Uint8Array(32).fill(contribution);
      const commitment = contributionCommitment({ datanet: 1, root, salt, sender: alice.address });
      await wallet.send('contributionCommit', { datanet: 1, commitment }, commit);
      await upload(prepared);
      const truth = against.add(contribution, prepared.items);
      const { error } = await wallet.send(
        'dataContribution',
        {
          contribution,
          datanet: 1,
          salt,
          root,
          items: texts.length,
          role: 'data',
          parents: [],
          licence: 'MIT',
          tokens: BigInt(prepared.tokens),
          bytes: BigInt(prepared.bytes),
          digest: digestOf(1, prepared),
          ...truth,
          ...change(truth),
        },
        commit,
      );
      expect(error).toBeNull();
      return { contribution, verdict: (await desk.judge([contribution])).get(contribution) };
    };

    const first = await judged([`${NOTICE} ${words('first', 0, 50)}`, words('other', 0, 30)]);
    expect(first.verdict).toBe('accept');

    const copy = `${words('mine', 0, 20)} ${words('first', 10, 40)} ${words('mine', 20, 40)}`;
    const liars: readonly ((truth: FullDeclaration) => Partial<FullDeclaration>)[] = [
      () => ({ novelRuns: [{ item: 0, start: 0, end: 70 }] }),
      () => ({ copied: [] }),
      ({ copied }) => ({ copied: copied.map((run) => ({ ...run, sourcePos: run.sourcePos - 1 })) }),
      ({ shapes }) => ({ shapes: shapes.map((shape) => ({ ...shape, promptTokens: 3 })) }),
      ({ sketch }) => ({ sketch: sketch.map(() => 7) }),
    ];
    for (const [i, lie] of liars.entries()) {
      // What a liar holds is not in the register that the honest declare by; its text differs by a word from theirs.
      const apart = createRegister();
      apart.add(1, commons.items);
      apart.add(
        first.contribution,
        prepare(
          [`${NOTICE} ${words('first', 0, 50)}`, words('other', 0, 30)].map((text) => ({ text, prompt: '' })),
        ).items,
      );
      expect((await judged([`${copy} liar${i}`], lie, apart)).verdict, `lie ${i}`).toBe('reject');
    }

    const honest = await judged([copy]);
    expect(honest.verdict).toBe('accept');
    const { copied, novelRuns } = await client.call('contribution_getDeclaration', {
      contribution: honest.contribution,
    });
    expect(copied).toMatchObject([{ start: 20, end: 50, contribution: first.contribution }]);
    expect(novelRuns).toMatchObject([
      { start: 0, end: 20 },
      { start: 50, end: 70 },
    ]);
  });
});
