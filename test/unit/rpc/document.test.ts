import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rpcDocument } from '../../../rpc/document.ts';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';

const page = readFileSync(new URL('../../../docs/rpc.md', import.meta.url), 'utf8');

test('docs/rpc.md is what the registry says now (else: node tools/build-rpc-docs.ts)', () => {
  expect(page).toBe(rpcDocument());
});

test('every method and every parameter stands in it', () => {
  for (const [name, { params }] of Object.entries(METHOD_SCHEMAS)) {
    const section = page.split(`### ${name}\n`)[1]?.split('\n### ')[0] ?? '';
    for (const parameter of Object.keys(params.properties)) expect(section).toContain(`| \`${parameter}\` |`);
    expect(section).toContain('Result: ');
  }
});

test('the methods that the chain cannot live without are there', () => {
  const named =
    'node_status chain_getBlock chain_getHeader chain_getCommit chain_getValidators tx_send tx_status tx_prepare ' +
    'account_get datanet_get datanet_list contribution_get content_put content_get model_get receipt_get attribution_get rewards_get';
  expect(Object.keys(METHOD_SCHEMAS)).toEqual(expect.arrayContaining(named.split(' ')));
});
