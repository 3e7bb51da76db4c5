/** A proxy between a client and a node that loses what a script says, before or after the node has seen it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A call as it passes by. */
export type PassingCall = { readonly id: number; readonly method: string };

/**
 * What happens to a request: it passes; its answer is cut off; the node does not get it; the node gets it twice, and only
 * the second answer passes; or something else is answered in the place of the node, which has got it, or has not.
 */
export type Fate =
  | 'pass'
  | 'cut'
  | 'drop'
  | 'twice'
  | {
      readonly forwarded: boolean;
      readonly answer: (calls: readonly PassingCall[]) => string;
      /** The HTTP status of the answer, 200 if left out. */
      readonly status?: number;
    };

export type LossyProxy = {
  readonly url: string;
  /** The methods of the requests so far, each with its fate. */
  readonly seen: readonly string[];
  /** Lets everything pass from now on. */
  readonly heal: () => void;
};

export const openLossyProxy = async (
  target: string,
  fateOf: (call: PassingCall, nth: number, calls: readonly PassingCall[]) => Fate | Promise<Fate>,
): Promise<LossyProxy> => {
  const seen: string[] = [];
  const counts = new Map<string, number>();
  let healed = false;
  const handle = async (body: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parsed = JSON.parse(body) as PassingCall | readonly PassingCall[];
    const calls = 'method' in parsed ? [parsed] : parsed;
    const [first] = calls;
    if (first === undefined) throw new Error('a request without a call');
    const nth = (counts.get(first.method) ?? 0) + 1;
    counts.set(first.method, nth);
    const fate = healed ? 'pass' : await fateOf(first, nth, calls);
    seen.push(calls.map(({ method }) => method).join());
    const headers = { 'content-type': 'application/json' };
    const forward = async () => (await fetch(target, { method: 'POST', headers, body })).text();
    let answer = '';
    if (fate === 'twice') await forward();
    if (typeof fate === 'string' ? fate !== 'drop' : fate.forwarded) answer = await forward();
    if (fate === 'cut' || fate === 'drop') request.socket.destroy();
    else {
      if (typeof fate !== 'string') response.statusCode = fate.status ?? 200;
      response.end(typeof fate === 'string' ? answer : fate.answer(calls));
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // Without a node there is no answer either.
      handle(Buffer.concat(chunks).toString(), request, response).catch(() => request.socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    heal: () => {
      healed = true;
    },
  };
};
