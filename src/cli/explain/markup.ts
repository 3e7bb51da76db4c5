/** HTML that cannot be broken by what is put into it: every string is escaped, only markup made here goes in as it is. */
import { printable } from '../../lib/printable.ts';

export type Markup = { readonly markup: string };

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for the content of an element and for a quoted attribute. */
const escapeHtml = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

type Part = string | number | Markup | readonly Markup[];

const isList = (part: Part): part is readonly Markup[] => Array.isArray(part);

const markupOf = (part: Part): string => {
  if (isList(part)) return part.map(({ markup }) => markup).join('');
  return typeof part === 'object' ? part.markup : escapeHtml(String(part));
};

/** Interpolations stand in the content of elements or in quoted attributes, nowhere else. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  markup: strings.map((text, i) => text + (i < parts.length ? markupOf(parts[i] ?? '') : '')).join(''),
});

export const NOTHING: Markup = { markup: '' };

/** Markup that this project wrote itself. */
export const raw = (markup: string): Markup => ({ markup });
