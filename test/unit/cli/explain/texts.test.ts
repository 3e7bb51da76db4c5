import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { textAt } from '../../../../src/cli/explain/texts.ts';
import { createRootOf } from '../../../../src/content/objects.ts';
import { utf8 } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { stubNode } from '../../client/stub-node.ts';

const root = unwrap(createRootOf(infoTable())({ type: 'output', text: utf8('one two') }));

describe('a text that a node gives for a root', () => {
  test('is taken if it hashes to the root', async () => {
    const client = await stubNode({ content_get: { type: 'output', text: 'one two' } });
    expect(await textAt(client, root, 'output')).toEqual({ ok: true, value: 'one two' });
  });

  test('is refused if it does not', async () => {
    const client = await stubNode({ content_get: { type: 'output', text: 'one three' } });
    expect(await textAt(client, root, 'output')).toMatchObject({
      ok: false,
      fault: { code: 'CONTENT_WRONG' },
    });
  });
});
