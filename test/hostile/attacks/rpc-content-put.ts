import type { Attack } from '../attack.ts';
import { callOf, onEach, postAgain } from '../http.ts';

const root = (i: number): string => `"0x${i.toString(16).padStart(64, '0')}"`;
const ROOTS = Array.from({ length: 65_536 }, (_, i) => root(i)).join(',');
const put = (objects: string): string => callOf('content_put', `{"objects":[${objects}]}`);
const SALT = `"0x${'11'.repeat(32)}"`;
const inference = (output: string): string =>
  `{"type":"inference","rules":2,"prompt":"a","output":"${output}","salt":${SALT}}`;
const BODIES = [
  put(Array(100_000).fill(inference('a')).join(',')),
  put(Array(4_096).fill(inference('a')).join(',')),
  put(`{"type":"contribution","items":[${ROOTS}]}`),
  // The last of the roots is wrong.
  put(`{"type":"contribution","items":[${ROOTS},5]}`),
  put(inference('\\u0001'.repeat(1 << 20))),
] as const;

export const attack: Attack = {
  name: 'rpc-content-put',
  what: 'Uploads have up to 100,000 objects, the most roots, or texts of escapes.',
  run: ({ targets }, signal) =>
    onEach(targets, (target) => postAgain(target, (turn) => BODIES[turn % BODIES.length] ?? '', 4, signal)),
};
