/** A node that answers each method with one result, or with what is computed from its parameters. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';

/** Returns the result of a method for its parameters. */
type Compute = (params: Readonly<Record<string, unknown>>) => unknown;

export const stubNode = async (
  results: Readonly<Record<string, unknown>>,
  computed: Readonly<Record<string, Compute>> = {},
): Promise<RpcClient> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      type Call = { readonly id: number; readonly method: string; readonly params: Parameters<Compute>[0] };
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Call | readonly Call[];
      const answer = ({ id, method, params }: Call) => ({
        jsonrpc: '2.0',
        id,
        result: computed[method]?.(params) ?? results[method],
      });
      response.end(JSON.stringify('id' in asked ? answer(asked) : asked.map(answer)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return createRpcClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { timeoutMs: 5_000 });
};
