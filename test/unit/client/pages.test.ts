import { describe, expect, test } from 'vitest';
import type { MethodName, ParamsOf, ResultOf } from '../../../rpc/schemas/registry.ts';
import { pages } from '../../../src/client/pages.ts';
import type { RpcClient } from '../../../src/client/rpc-client.ts';

type Asked = Readonly<Record<string, unknown>>;

/** A client that answers from `answer`, and the parameters of its calls in order. */
const clientOf = (answer: (params: Asked) => unknown) => {
  const asked: Asked[] = [];
  const call = async <N extends MethodName>(_method: N, params?: ParamsOf<N>): Promise<ResultOf<N>> => {
    asked.push({ ...params });
    return answer({ ...params }) as ResultOf<N>;
  };
  return { asked, client: { call } satisfies Pick<RpcClient, 'call'> };
};

const read = async <T>(all: AsyncGenerator<T>): Promise<T[]> => {
  const out: T[] = [];
  for await (const page of all) out.push(page);
  return out;
};

describe('the pages of a list', () => {
  test('by place go on until the total is reached, with no request beyond it', async () => {
    const { client, asked } = clientOf(() => ({ total: 400, contributions: [] }));
    expect(await read(pages(client, 'contribution_list', { owner: '0x00' }))).toHaveLength(2);
    expect(asked).toEqual([
      { owner: '0x00', limit: 200 },
      { owner: '0x00', from: 200, limit: 200 },
    ]);
  });

  test('by id go on after the last id of a full page, and end with one that is not full', async () => {
    const { client, asked } = clientOf(({ after = 0 }) =>
      Array.from({ length: after === 0 ? 200 : 3 }, (_, i) => ({ id: Number(after) + 2 * (i + 1) })),
    );
    const models = (await read(pages(client, 'model_list', {}))).flat();
    expect(asked).toEqual([{ limit: 200 }, { after: 400, limit: 200 }]);
    expect(models.at(-1)?.id).toBe(406);
  });

  test('by what the result names go on from there, and end with null', async () => {
    const { client, asked } = clientOf(({ from }) => ({
      similar: [],
      next: from === undefined ? 8192 : null,
    }));
    await read(pages(client, 'contribution_getSimilar', { contribution: 5 }));
    expect(asked).toEqual([{ contribution: 5 }, { contribution: 5, from: 8192 }]);
  });
});
