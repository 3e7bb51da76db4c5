/** A node that answers each method with one result, whatever it is asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';

export const stubNode = async (results: Readonly<Record<string, unknown>>): Promise<RpcClient> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      type Call = { readonly id: number; readonly method: string };
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Call | readonly Call[];
      const answer = ({ id, method }: Call) => ({ jsonrpc: '2.0', id, result: results[method] });
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
