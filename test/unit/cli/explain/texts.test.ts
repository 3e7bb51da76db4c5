import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { inferenceAt, itemAt } from '../../../../src/cli/explain/texts.ts';
import { createRootOf } from '../../../../src/content/objects.ts';
import { toHex, utf8 } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import { stubNode } from '../../client/stub-node.ts';

const rootOf = createRootOf(infoTable());
const salt = sha256(utf8('salt'));
const shown = (output: string) => ({
  type: 'inference',
  rules: 2,
  prompt: 'which',
  output,
  salt: toHex(salt),
  ids: null,
});
const root = unwrap(
  rootOf({
    type: 'inference',
    rules: 2,
    prompt: utf8('which'),
    output: utf8('one two'),
    salt,
    ids: undefined,
  }),
);
const item = { type: 'item' as const, rules: 1 as const, promptTokens: 0, salt };
const itemRoot = unwrap(rootOf({ ...item, text: utf8('an item') }));
const itemOf = (text: string) => ({ ...item, text, salt: toHex(salt) });

describe('a text that a node gives for a root', () => {
  test('is taken if it hashes to the root', async () => {
    const client = await stubNode({ content_get: shown('one two') });
    expect(await inferenceAt(client, root)).toEqual({
      ok: true,
      value: { output: { text: 'one two', rules: 2 }, prompt: { text: 'which', rules: 2 } },
    });
    const items = await stubNode({ content_get: itemOf('an item') });
    expect(await itemAt(items, itemRoot)).toEqual({ ok: true, value: { text: 'an item', rules: 1 } });
  });

  test('is refused if it is of another type', async () => {
    const client = await stubNode({ content_get: shown('one two') });
    expect(await itemAt(client, root)).toMatchObject({ ok: false, fault: { code: 'CONTENT_TYPE' } });
    const items = await stubNode({ content_get: itemOf('an item') });
    expect(await inferenceAt(items, itemRoot)).toMatchObject({ ok: false, fault: { code: 'CONTENT_TYPE' } });
  });

  test.each(['one three', 'One two', 'one, two', 'one  two'])(
    'is refused if it does not: %j',
    async (text) => {
      const client = await stubNode({ content_get: shown(text) });
      expect(await inferenceAt(client, root)).toMatchObject({
        ok: false,
        fault: { code: 'CONTENT_WRONG' },
      });
    },
  );
});
