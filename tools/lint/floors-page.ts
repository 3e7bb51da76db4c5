/** Builds the table of floors in docs/architecture.md. */
import { FLOORS, type Floor, GROUPS } from './floors.ts';

const BEGIN = /<!-- floors:[^\n]*-->\n/;
const END = '<!-- /floors -->';

/**
 * Shortens a list of floors: the name of a group replaces its members, and a run of domains becomes its first and last.
 */
const shortened = (names: readonly string[], own: string): string => {
  let left = [...new Set(names)].filter((name) => name !== own);
  const parts: string[] = [];
  for (const [title, members] of GROUPS()) {
    const wanted = members.filter((name) => name !== own);
    if (!wanted.every((name) => left.includes(name))) continue;
    parts.push(title);
    left = left.filter((name) => !wanted.includes(name));
  }
  const domains = left.filter((name) => name.startsWith('state/modules/'));
  const [first] = domains;
  const last = domains.at(-1);
  const others = left.filter((name) => !domains.includes(name)).map((name) => `\`${name}\``);
  const run =
    first === undefined || last === undefined
      ? []
      : [first === last ? `\`${first}\`` : `\`${first}\` to \`${last.replace('state/modules/', '')}\``];
  return [...others, ...run, ...parts].join(', ');
};

/** Returns the name of a floor, with its places unless the name is the one place. */
const titled = ({ name, places }: Floor): string => {
  const [only = '', ...more] = places;
  const isPlace = more.length === 0 && only.replace(/\/$/, '') === name;
  return isPlace ? `\`${name}\`` : `\`${name}\`: ${places.map((place) => `\`${place}\``).join(', ')}`;
};

const cells = (floor: Floor): readonly string[] => {
  const { name, holds, mayImport, typesOf = [], packages } = floor;
  const types = typesOf.length === 0 ? '' : `; types of ${shortened(typesOf, name)}`;
  return [
    titled(floor),
    holds,
    mayImport.length === 0 ? 'nothing of ours' : shortened(mayImport, name) + types,
    packages === 'portable' ? 'npm only' : packages ? 'npm and Node' : 'no',
  ];
};

export const floorsTable = (): string =>
  [
    '| floor | holds | may import, besides itself | packages of npm, modules of Node |',
    '| --- | --- | --- | --- |',
    ...FLOORS.map((floor) => `| ${cells(floor).join(' | ')} |`),
  ].join('\n');

/** Returns the page with its table replaced. */
export const withFloorsTable = (page: string): string => {
  const begin = BEGIN.exec(page);
  const end = page.indexOf(END);
  if (begin === null || end < begin.index) throw new Error('the page has no place for the table of floors');
  return `${page.slice(0, begin.index + begin[0].length)}\n${floorsTable()}\n\n${page.slice(end)}`;
};
