/** Reads manual pages, which are written in roff, as text. */

export type ManualPage = {
  /** The project that the page belongs to, without its version; empty if the page does not say. */
  readonly project: string;
  readonly text: string;
};

const SPECIAL: Readonly<Record<string, string>> = {
  aq: "'",
  dq: '"',
  lq: '“',
  rq: '”',
  oq: '‘',
  cq: '’',
  em: '—',
  en: '–',
  bu: '•',
  co: '©',
  ti: '~',
  ha: '^',
  rs: '\\',
  ga: '`',
  '<=': '≤',
  '>=': '≥',
  '->': '→',
  Fo: '«',
  Fc: '»',
};

/** Macros of which only the arguments are text, by the man(7) and mdoc(7) packages. */
const WITH_TEXT =
  /^\.\s*(?:SH|SS|B|I|BR|RB|BI|IB|IR|RI|SM|SB|IP|TP|Sh|Ss|Nm|Nd|Fl|Ar|Cm|Pa|Op|Xr|It|Em|Li|Sy|Dq|Ql|Pq|Ev|Va|Dv|Fn|Ft)\b(.*)$/;

const unescaped = (line: string): string =>
  line
    .replace(/\\f(?:\[[^\]]*\]|\(..|.)/g, '')
    .replace(/\\s[-+]?\d/g, '')
    .replace(/\\\*(?:\[[^\]]*\]|\(..|.)/g, '"')
    .replace(
      /\\\[([^\]]+)\]|\\\((..)/g,
      (_, long?: string, short?: string) => SPECIAL[long ?? short ?? ''] ?? ' ',
    )
    .replace(/\\[&|^:/,)%c]/g, '')
    .replace(/\\[~ 0]/g, ' ')
    .replace(/\\e/g, '\\')
    .replace(/\\([-.'`"\\])/g, '$1');

const argumentsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"((?:[^"]|"")*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** Returns the project of a page: the fourth argument of its title, or the fifth, without numbers. */
const projectOf = (lines: readonly string[]): string => {
  const title = lines.find((line) => line.startsWith('.TH '));
  const [, , , source = '', manual = ''] = argumentsOf(unescaped(title?.slice(4) ?? ''));
  const named = (text: string): string =>
    text
      .replace(/[\d.:~+-]*\d[\w.:~+-]*/g, '')
      .replace(/\s+/g, ' ')
      .trim()
      .toLowerCase();
  return named(source) || named(manual);
};

export const readManual = (source: string): ManualPage => {
  const lines = source.split('\n');
  const out: string[] = [];
  let defining = false;
  for (const line of lines) {
    if (defining) {
      defining = !/^\.\.\s*$/.test(line);
    } else if (/^[.']\s*(?:de|ig|am)\b/.test(line)) {
      defining = true;
    } else if (/^[.']/.test(line)) {
      const [, rest] = WITH_TEXT.exec(line) ?? [];
      if (rest !== undefined) out.push(argumentsOf(unescaped(rest.replace(/\\".*$/, ''))).join(' '));
    } else {
      out.push(unescaped(line.replace(/\\".*$/, '')));
    }
  }
  return { project: projectOf(lines), text: `${out.filter((line) => line.trim() !== '').join('\n')}\n` };
};
