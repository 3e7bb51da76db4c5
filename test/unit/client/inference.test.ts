import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { measureInference } from '../../../src/client/inference.ts';
import { createRootOf } from '../../../src/content/objects.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';

const table = infoTable();
const prompt = 'Where does the Neretva begin?';
const output = 'In the karst below Jabuka, far above the town of Konjic.';

describe('an inference', () => {
  test('has the roots that a node computes for its texts, and their tokens', () => {
    const rootOf = createRootOf(table);
    expect(unwrap(measureInference(table, { prompt, output }))).toEqual({
      promptRoot: unwrap(rootOf({ type: 'prompt', text: utf8(prompt) })),
      outputRoot: unwrap(rootOf({ type: 'output', text: utf8(output) })),
      tokensIn: 6,
      tokensOut: 13,
    });
  });

  test.each([
    [{ prompt: 7, output }, 'ARGUMENT_INVALID', 'prompt: must be a string, not number', 'prompt'],
    [{ prompt }, 'ARGUMENT_INVALID', 'output: must be a string, not undefined', 'output'],
    [{ prompt, output: 'half \ud83d' }, 'PT1_LONE_SURROGATE', 'output: the text holds half', 'output'],
    [{ prompt: 'a '.repeat(32_769), output }, 'PROMPT_TOO_LONG', 'prompt: ', 'prompt'],
    [{ prompt, output: 'a '.repeat(4_097) }, 'OUTPUT_TOO_LONG', 'output: ', 'output'],
    [{ prompt, output: ' '.repeat((1 << 20) + 1) }, 'CONTENT_TOO_LONG', 'output: ', 'output'],
  ])('of bad texts is a fault that names the text', (texts, code, message, field) => {
    const measured = measureInference(table, texts as never);
    expect(measured).toMatchObject({ ok: false, fault: { code, data: { field } } });
    expect(measured.ok ? '' : measured.fault.message).toContain(message);
  });
});
