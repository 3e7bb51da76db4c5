import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './planted.ts';

/** The properties of one section of `.editorconfig`. */
const section = (name: string): Readonly<Record<string, string>> => {
  const [, rest = ''] = readFileSync(join(ROOT, '.editorconfig'), 'utf8').split(`\n[${name}]\n`);
  const [lines = ''] = rest.split('\n[');
  return Object.fromEntries(
    [...lines.matchAll(/^(\w+) = (.+)$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
};

test('an editor indents and breaks lines as the formatter does', () => {
  const { formatter } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as {
    readonly formatter: Readonly<Record<string, unknown>>;
  };
  expect(section('*')).toMatchObject({
    indent_style: formatter.indentStyle,
    indent_size: String(formatter.indentWidth),
    max_line_length: String(formatter.lineWidth),
    end_of_line: 'lf',
  });
});
