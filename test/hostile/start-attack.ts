/** Starts the process of an attack, and ends it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Part, Stage } from './attack.ts';
import type { AttackMessage, AttackOrder } from './attacker.ts';

const ATTACKER = fileURLToPath(new URL('attacker.ts', import.meta.url));
/** The time after which an attacker that was told to stop never will. */
const STOP_MS = 60_000;

export type RunningAttack = {
  /** Ends it, and resolves with the bytes that it sent. @throws what its process threw, or that it did not end */
  readonly stop: () => Promise<number>;
};

/** Resolves once the attack has begun. @throws what the attacker's process threw */
export const startAttack = (name: string, part: Part, stage: Stage): Promise<RunningAttack> => {
  const child = fork(ATTACKER, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let settle: (bytes: number) => void = () => undefined;
  let refuse: (error: Error) => void = () => undefined;
  const ended = new Promise<number>((resolve, reject) => {
    settle = resolve;
    refuse = reject;
  });
  ended.catch(() => undefined);
  const stop = async (): Promise<number> => {
    if (child.connected) child.send('stop');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    try {
      return await ended;
    } finally {
      clearTimeout(timer);
    }
  };
  return new Promise((resolve, reject) => {
    child.on('message', (message: AttackMessage) => {
      if (message.type === 'started') resolve({ stop });
      else if (message.type === 'ended') settle(message.bytes);
      else {
        const error = new Error(`the attack ${name} failed: ${message.error}`);
        refuse(error);
        // It may have failed before it began.
        reject(error);
      }
    });
    child.once('exit', (code, signal) => {
      const error = new Error(`the attacker of ${name} ended with ${code ?? signal}`);
      refuse(error);
      reject(error);
    });
    child.send({ name, part, stage } satisfies AttackOrder);
  });
};
