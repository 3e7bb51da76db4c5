/**
 * Reads JSON that somebody may sign. `JSON.parse` takes the last of two equal keys and rounds long numbers, both without a
 * word, so the person who reads the file and the program that signs it would see different things.
 */
import { ok, toFault } from './errors.ts';
import { fail, type Result } from './lib-errors.ts';

/**
 * The beginning of a string, a number, or a sign of the structure. A string is not matched as a whole: the engine would keep a
 * place on its stack for each escape, and a long text of escapes would overflow it.
 */
const TOKEN = /"|-?[0-9][0-9.eE+-]*|[{}[\],:]/g;

/** An object or a list that is open at a place of the text. */
type Open = { readonly keys: Set<string> | undefined; key: string; index: number };

/** A key as it is written in code, and so that it cannot be taken for another. */
const step = ({ keys, key, index }: Open): string => {
  if (keys === undefined) return `[${index}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
};

const pathOf = (open: readonly Open[]): string => open.map(step).join('').replace(/^\./, '').slice(0, 200);

/** Whether a number is written so that reading it changes it: more digits than a float holds. */
const isRounded = (digits: string): boolean => {
  const value = Number(digits);
  if (!Number.isFinite(value)) return true;
  if (/^-?[0-9]+$/.test(digits)) return !Number.isSafeInteger(value);
  return Number.isInteger(value) && /^[^eE]*\.[0-9]*[1-9][0-9]*$/.test(digits);
};

/** Returns the place behind a string that begins at a quote. A string without end goes to the end of the text. */
const stringEnd = (text: string, quote: number): number => {
  let end = quote;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
};

/** Yields what decides something in a text that is known to be JSON: strings, numbers, and signs of the structure. */
const tokensOf = function* (text: string): Generator<string> {
  const beginning = new RegExp(TOKEN);
  for (let found = beginning.exec(text); found !== null; found = beginning.exec(text)) {
    const [token] = found;
    if (token === '"') beginning.lastIndex = stringEnd(text, found.index);
    yield token === '"' ? text.slice(found.index, beginning.lastIndex) : token;
  }
};

/** Returns what `JSON.parse` would not say of a valid text. Faults: `JSON_DUPLICATE_KEY`, `JSON_NUMBER`. */
const examine = (text: string, numbers: 'exact' | 'any'): Result<undefined> => {
  const open: Open[] = [];
  /** Whether the next text is a key. */
  let isKey = false;
  for (const token of tokensOf(text)) {
    const inner = open.at(-1);
    switch (token) {
      case '{':
      case '[':
        open.push({ keys: token === '{' ? new Set() : undefined, key: '', index: 0 });
        isKey = token === '{';
        continue;
      case '}':
      case ']':
        open.pop();
        isKey = false;
        continue;
      case ',':
        if (inner === undefined) continue;
        inner.index += 1;
        isKey = inner.keys !== undefined;
        continue;
      case ':':
        isKey = false;
        continue;
      default:
    }
    if (!token.startsWith('"')) {
      if (numbers === 'exact' && isRounded(token))
        return fail(
          'JSON_NUMBER',
          `${pathOf(open)}: ${token.slice(0, 40)} has more digits than a number of JSON holds here; write it as a string`,
          { path: pathOf(open) },
        );
      continue;
    }
    if (!isKey || inner?.keys === undefined) continue;
    inner.key = JSON.parse(token) as string;
    if (inner.keys.has(inner.key))
      return fail(
        'JSON_DUPLICATE_KEY',
        `${pathOf(open)}: the key stands there twice; remove one of the two`,
        {
          path: pathOf(open),
        },
      );
    inner.keys.add(inner.key);
  }
  return ok(undefined);
};

/**
 * The levels of objects and lists within each other that the JSON of others may have: several times as many as any answer
 * of a node. What checks and prints a value goes down it by recursion, so its depth is bounded (RFC 8259, section 9).
 */
export const JSON_DEPTH_MAX = 256;

/** Why a text is not read that {@link isTooDeep}. */
export const TOO_DEEP = `it is nested more than ${JSON_DEPTH_MAX} levels deep`;

/** Whether a JSON text has more than {@link JSON_DEPTH_MAX} levels. Of another text it says nothing. */
export const isTooDeep = (text: string): boolean => {
  const sign = /["[{\]}]/g;
  let depth = 0;
  for (let found = sign.exec(text); found !== null; found = sign.exec(text)) {
    if (found[0] === '"') sign.lastIndex = stringEnd(text, found.index);
    else if (found[0] === '[' || found[0] === '{') depth += 1;
    else depth -= 1;
    if (depth > JSON_DEPTH_MAX) return true;
  }
  return false;
};

/**
 * Returns the value of a JSON text. Faults: `JSON_SYNTAX`; `JSON_DUPLICATE_KEY` and `JSON_NUMBER` with the `path` of the key
 * or of the number.
 *
 * @param numbers - `any` where numbers are not used, so that rounding them does no harm. `exact` if left out
 */
export const readJsonText = (text: string, numbers: 'exact' | 'any' = 'exact'): Result<unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail('JSON_SYNTAX', toFault(error).message);
  }
  const examined = examine(text, numbers);
  return examined.ok ? ok(value) : examined;
};
