import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createNetwork } from '../../../p2p/network.ts';
import { StrangerLog } from '../../../p2p/stranger-log.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { optionsOf } from './networks.ts';

type Line = { readonly msg: string; readonly peer?: string };

const stand = () => {
  const lines: Line[] = [];
  const out = new Writable({
    write: (chunk: Buffer, _, done) => {
      for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line) as Line);
      done();
    },
  });
  const logger = createLogger({ level: 'info', format: 'json' }, out);
  const log = new StrangerLog({ isConfigured: (peer) => peer === 'configured', logger });
  return { log, lines, logger };
};

test('strangers, under however many names, cause eight lines of a kind, and then a count', () => {
  const { log, lines } = stand();
  for (let i = 0; i < 1_000; i++) log.write('warn', `stranger ${i}`, {}, 'banned');
  log.write('info', 'stranger', {}, 'misbehaved');
  expect(lines.map(({ msg }) => msg)).toEqual([...Array.from({ length: 8 }, () => 'banned'), 'misbehaved']);
  log.report();
  expect(lines.slice(9)).toMatchObject([{ line: 'banned', more: 992 }]);
  log.report();
  expect(lines).toHaveLength(10);
  log.write('warn', 'stranger', {}, 'banned');
  expect(lines).toHaveLength(11);
});

test('each line about a peer of the config is logged, whatever strangers do', () => {
  const { log, lines } = stand();
  for (let i = 0; i < 20; i++) log.write('warn', `stranger ${i}`, {}, 'banned');
  for (let i = 0; i < 20; i++) log.write('warn', 'configured', {}, 'banned');
  expect(lines.filter(({ peer }) => peer === 'configured')).toHaveLength(20);
});

test('what the node warns of a peer, such as a false block, has the same pace', async () => {
  const { lines, logger } = stand();
  const network = await createNetwork(optionsOf('a', { logger }));
  for (let i = 0; i < 100; i++) network.warn(`stranger ${i}`, { height: '7' }, 'a peer sent a false block');
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatchObject({ peer: 'stranger 0', height: '7', msg: 'a peer sent a false block' });
});
