/** Reads that something answers which is no node of the chain, while bonds depend on them: a run goes on after each. */
import { describe, expect, test } from 'vitest';
import { toRpcFault } from '../../../src/client/codes.ts';
import { type MethodName, memoryJournal, type RpcClient } from '../../../src/index.ts';
import { CodedError, type Fault, failWith } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { openStage, row } from './stage.ts';

const { client, give, commits } = await openStage();

/** A client with whose answers something else interferes, for as long as it returns faults. */
const interfered = (faultOf: (method: MethodName) => Fault | undefined): RpcClient => {
  const own = (method: MethodName): Fault | undefined => {
    const odd = faultOf(method);
    return odd === undefined ? undefined : toRpcFault(method, odd);
  };
  return {
    ...client,
    call: async (method, ...params) => {
      const odd = own(method);
      if (odd !== undefined) throw new CodedError(odd);
      return client.call(method, ...params);
    },
    batch: async (calls) => {
      const odd = calls.map(({ method }) => own(method));
      const answers = await client.batch(calls);
      return answers.map((answer, i) => {
        const fault = odd[i];
        return fault === undefined ? answer : failWith(fault);
      }) as typeof answers;
    },
  };
};

const isCommitted = (journal: { readonly read: () => string | undefined }): boolean =>
  /"contribution":\d/.test(journal.read() ?? '');

describe.each(['contribution_get', 'tx_status', 'node_status', 'datanet_get', 'account_get'] as const)(
  'one odd answer to %s',
  (method) => {
    test.each<Fault>([
      { code: 'GATEWAY_TIMEOUT', message: 'upstream timeout', data: { rpcCode: -32099 } },
      { code: 'RPC_ANSWER_INVALID', message: 'null is no result', data: { method } },
      { code: 'HOST_NOT_ALLOWED', message: 'not this host', data: { rpcCode: -32600 } },
    ])('with $code ends no run that has committed something, and its code is said', async (odd) => {
      const journal = memoryJournal();
      let left = 1;
      const own = interfered((asked) =>
        asked === method && isCommitted(journal) && left-- > 0 ? odd : undefined,
      );
      const said: string[] = [];
      const before = commits();
      const [made] = await give({
        client: own,
        rows: [row(`${method}${odd.code}`)],
        journal,
        progress: (text) => said.push(text),
      });
      expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
      expect([commits() - before, left < 1]).toEqual([1, true]);
      expect(said.join('\n')).toContain(odd.code);
    });
  },
);

describe('a node that lacks the Datanet, once something is committed,', () => {
  const missing = { code: 'DATANET_NOT_FOUND', message: 'there is none' };

  test('is asked again if it is behind', async () => {
    const journal = memoryJournal();
    let left = 2;
    const own = interfered((asked) =>
      asked === 'datanet_get' && isCommitted(journal) && left-- > 0 ? missing : undefined,
    );
    const [made] = await give({ client: own, rows: [row('lacked')], journal });
    expect([made?.refused, left < 1]).toEqual([undefined, true]);
  });

  test('ends the run if it is of another chain', async () => {
    const journal = memoryJournal();
    const own = interfered((asked) =>
      asked === 'datanet_get' && isCommitted(journal) ? missing : undefined,
    );
    const call: RpcClient['call'] = async (method, ...params) => {
      const answer = await own.call(method, ...params);
      return method === 'chain_getDomain' && isCommitted(journal)
        ? { ...answer, genesisHash: sha256(new Uint8Array(1)) }
        : answer;
    };
    const run = give({ client: { ...own, call }, rows: [row('lost')], journal });
    await expect(run).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
  });
});
