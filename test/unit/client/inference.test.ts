import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import {
  type AnsweringModel,
  type Inference,
  inferenceObject,
  measureInference,
  randomSalt,
  receiptBodyOf,
} from '../../../src/client/inference.ts';
import { createRootOf } from '../../../src/content/objects.ts';
import type { Address, Root } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { inferenceRoot } from '../../../state/attribution/commitment.ts';
import { modelFee, ReceiptBodyType, UNSAID } from '../../../state/tx/receipt.ts';

const table = infoTable();
const prompt = 'Where does the Neretva begin?';
const output = 'In the karst below Jabuka, far above the town of Konjic.';
const salt = new Uint8Array(32).fill(5);
const measured = (change: Partial<Inference> = {}) =>
  unwrap(measureInference(table, { prompt, output, salt, ...change }));

describe('an inference', () => {
  test('has the roots that a node computes for its texts, and their tokens and bytes', () => {
    const rootOf = createRootOf(table);
    const ids = { prompt: [1, 2, 3], output: [4] };
    for (const [texts, tokens] of [
      [{}, [5, 11]],
      [{ ids }, [5, 11]],
      [{ rules: 1 as const }, [6, 13]],
    ] as const) {
      const found = measured(texts);
      expect(inferenceRoot(found)).toEqual(
        unwrap(rootOf(inferenceObject({ prompt, output, salt, ...texts }))),
      );
      expect([found.tokensIn, found.tokensOut]).toEqual(tokens);
      expect([found.bytesIn, found.bytesOut]).toEqual([utf8(prompt).length, utf8(output).length]);
    }
    expect(measured().rules).toBe(2);
  });

  test('has a salt in every root, so that nobody can guess the texts of a private one', () => {
    const other = measured({ salt: salt.with(0, 6) });
    for (const root of ['promptRoot', 'outputRoot', 'textRoot'] as const)
      expect(toHex(other[root])).not.toBe(toHex(measured()[root]));
    expect(toHex(randomSalt())).not.toBe(toHex(randomSalt()));
  });

  test('has its bytes and its ids in the root of its texts, and in no other', () => {
    const same = measured();
    for (const change of [{ output: output.replace('.', '!') }, { ids: { prompt: [], output: [] } }]) {
      const { textRoot, ...rest } = measured(change);
      expect(toHex(textRoot)).not.toBe(toHex(same.textRoot));
      expect({ ...rest, textRoot: same.textRoot }).toEqual(same);
    }
  });

  test.each([
    [{ prompt: 7, output }, 'ARGUMENT_INVALID', 'prompt: must be a string, not number', 'prompt'],
    [{ prompt }, 'ARGUMENT_INVALID', 'output: must be a string, not undefined', 'output'],
    [{ prompt, output: 'half \ud83d' }, 'TEXT_LONE_SURROGATE', 'output: the text holds half', 'output'],
    [{ prompt: 'a '.repeat(32_769), output }, 'PROMPT_TOO_LONG', 'prompt: ', 'prompt'],
    [{ prompt, output: 'a '.repeat(4_097) }, 'OUTPUT_TOO_LONG', 'output: ', 'output'],
    [{ prompt: '-'.repeat((1 << 18) + 1), output }, 'CONTENT_TOO_LONG', 'prompt: ', 'prompt'],
    [{ prompt, output: ' '.repeat((1 << 15) + 1) }, 'CONTENT_TOO_LONG', 'output: ', 'output'],
  ])('of bad texts is a fault that names the text', (texts, code, message, field) => {
    const result = measureInference(table, { salt, ...texts } as never);
    expect(result).toMatchObject({ ok: false, fault: { code, data: { field } } });
    expect(result.ok ? '' : result.fault.message).toContain(message);
  });
});

describe('the body of a receipt', () => {
  const answering: AnsweringModel = {
    model: 3,
    manifest: new Uint8Array(32).fill(4) as Root,
    prices: { in: 2_000n, out: 10_000n },
  };

  test('is what was measured, its model, its fee, and the defaults of all that is not said', () => {
    expect(receiptBodyOf(measured(), answering, 500n)).toEqual({
      ...UNSAID,
      ...measured(),
      model: 3,
      manifest: answering.manifest,
      compute: 500n,
      fee: modelFee(measured(), answering.prices),
    });
  });

  test('counts text of marks by its bytes', () => {
    const { fee } = receiptBodyOf(measured({ output: '-'.repeat(80) }), answering, 0n);
    // 5 tokens in, which are more than ⌈29 / 8⌉; ⌈80 / 8⌉ out, for there are no tokens.
    expect(fee).toBe((5n * 2_000n + 10n * 10_000n) / 1000n);
  });

  test('has the settings that are said, and is a body that the chain takes', () => {
    const app = new Uint8Array(20).fill(8) as Address;
    const settings = { app, appFee: 9n, visibility: 'private', finish: 'stop', maxTokens: 64 } as const;
    const body = receiptBodyOf(measured(), answering, 1n, settings);
    expect(body).toMatchObject(settings);
    expect(unwrap(ReceiptBodyType.decode(ReceiptBodyType.encode(body)))).toEqual(body);
  });
});
