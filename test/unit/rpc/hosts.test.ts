/** A page of another origin cannot call a node, whatever name it gives to the node. */
import { describe, expect, test } from 'vitest';
import { createHostCheck } from '../../../rpc/hosts.ts';
import { errorOf, testServer } from './server.ts';

const check = createHostCheck({ hosts: ['node.example.org'], origins: ['https://app.example.org'] });
const codeOf = (headers: Parameters<typeof check>[0]) => check(headers)?.data.code;

describe('the header Host', () => {
  test.each([
    '127.0.0.1:8545',
    '127.0.0.1',
    '[::1]:8545',
    '[2001:db8::1]',
    'localhost:8545',
    'LOCALHOST',
    'localhost.:8545',
    'node.example.org:8545',
    'Node.Example.Org',
    '203.0.113.5:1',
  ])('%s is of this node', (host) => {
    expect(codeOf({ host })).toBeUndefined();
  });

  test.each([
    'evil.example:8545',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'node.example.org.evil.example',
    'evil.node.example.org',
    '127.0.0.1@evil.example',
    '[evil.example]',
    '127.0.0.1:8545:8545',
    '2130706433',
    '127.1',
    '',
    ' ',
  ])('%j is not', (host) => {
    expect(codeOf({ host })).toBe('HOST_NOT_ALLOWED');
  });
});

describe('the header Origin', () => {
  test.each([
    'https://evil.example',
    'null',
    '',
    'https://app.example.org.evil.example',
    'http://127.0.0.1:8545',
  ])('%j is not listed', (origin) => {
    expect(codeOf({ host: '127.0.0.1:8545', origin })).toBe('ORIGIN_NOT_ALLOWED');
  });

  test('may be listed, or missing', () => {
    expect(codeOf({ host: '127.0.0.1', origin: 'https://app.example.org' })).toBeUndefined();
    expect(codeOf({ host: '127.0.0.1' })).toBeUndefined();
  });
});

describe('a request of such a page', () => {
  const call = '{"jsonrpc":"2.0","id":1,"method":"node_status"}';
  const json = { 'content-type': 'application/json' };

  test.each([
    ['HOST_NOT_ALLOWED', { host: 'rebound.evil.example:8545' }],
    ['ORIGIN_NOT_ALLOWED', { origin: 'http://rebound.evil.example:8545' }],
  ])('gets 403 and %s in JSON-RPC before its call runs', async (code, headers) => {
    let calls = 0;
    const { node } = testServer();
    const counting = testServer({
      node: {
        ...node,
        status: () => {
          calls += 1;
          return node.status();
        },
      },
    });
    const answer = await counting.post(call, { ...json, ...headers });
    expect([answer.status, calls]).toEqual([403, 0]);
    expect(errorOf(answer.json)).toMatchObject({ code: -32600, data: { code } });
    await counting.post(call, json);
    expect(calls).toBe(1);
  });

  test('is answered where its host or its origin is listed', async () => {
    const server = testServer({ hosts: ['node.example.org'], corsOrigins: ['https://app.example.org'] });
    const headers = { ...json, host: 'node.example.org', origin: 'https://app.example.org' };
    expect((await server.post(call, headers)).status).toBe(200);
  });

  test('is answered under the name on which the node listens', async () => {
    const server = testServer({ host: 'node.internal' });
    expect((await server.post(call, { ...json, host: 'node.internal:8545' })).status).toBe(200);
  });
});
