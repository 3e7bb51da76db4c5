/**
 * Which citations of pages lead nowhere. A comment cites a page from the root, with its heading as on GitHub:
 * `docs/economy.md#where-the-money-goes`. Section numbers and quoted headings are refused, as nothing can follow them.
 */
import { posix } from 'node:path';

export type Files = ReadonlyMap<string, string>;

/** A page's name, not within an address, and the heading that it is cited with. */
const MENTION = /(?<![\w/.-])((?:\.{1,2}\/|[\w-]+\/)*[\w-]+\.md)(?:#([\w-]*))?/g;
const LINK = /\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?[^)]*\)/g;
const DECISION = /\bdecision (\d{3})\b/g;
/**
 * A file or folder of the code that a page names in backticks, which has to be its path from the root. A folder of `src/`
 * is caught too, so that `services/run` is reported for `src/services/run`; the text of a link may be such a short form,
 * because the link has the path.
 */
const CODE_PATH =
  /`((?:consensus|node|p2p|rpc|src|state|test|tools)\/[\w./-]+|(?:attribution|cli|client|content|contribute|lib|services)\/[\w./-]+(?!`\]))`/g;
const UNFOLLOWABLE = [
  { form: /[\w/-]+\.md\)?,? §[\d.]*/g, reason: 'cites a section number' },
  { form: /[\w/-]+\.md\)?, "[^"\n]*"/g, reason: 'cites a heading in quotation marks' },
] as const;

/** The anchor that GitHub gives to a heading. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): ReadonlySet<string> => {
  const text = page.replaceAll(/^```.*?^```/gms, '');
  const seen = new Map<string, number>();
  return new Set(
    [...text.matchAll(/^#{1,6} (.+?)\s*$/gm)].map(([, heading = '']) => {
      const slug = slugOf(heading);
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before === 0 ? slug : `${slug}-${before}`;
    }),
  );
};

const isPage = (file: string): boolean => file.endsWith('.md');
const at = (folder: string, target: string): string => posix.normalize(posix.join(folder, target));

/** Links of a page begin at its folder; those in code are of pages that the code writes, and these are in docs. */
const linkedBy = (file: string, target: string): string =>
  target === '' ? file : at(isPage(file) ? posix.dirname(file) : 'docs', target);

/** Names in a text begin at the root, or at the folder of the file that has them. */
const namedBy = (file: string, target: string, files: Files): string => {
  const beside = at(posix.dirname(file), target);
  return target.startsWith('.') || files.has(beside) ? beside : target;
};

/** One line for each citation in `files` that leads nowhere. */
export const brokenCitations = (files: Files): readonly string[] => {
  const anchors = new Map<string, ReadonlySet<string>>();
  for (const [file, text] of files) if (isPage(file)) anchors.set(file, anchorsOf(text));
  const decisions = [...files.keys()].map((file) => /^docs\/decisions\/(\d{3})-/.exec(file)?.[1]);

  const fault = (page: string, heading: string | undefined): string | undefined => {
    if (!isPage(page)) return undefined;
    const known = anchors.get(page);
    if (known === undefined) return `there is no page ${page}`;
    return heading === undefined || known.has(heading) ? undefined : `${page} has no heading #${heading}`;
  };

  return [...files].flatMap(([file, text]) => {
    const links = [...text.matchAll(LINK)].map(([cited, target = '', heading]) => ({
      cited,
      reason: fault(linkedBy(file, target), heading),
    }));
    const mentions = [...text.replaceAll(/\[[^\]]*\]\([^)]*\)/g, '').matchAll(MENTION)].map(
      ([cited, target = '', heading]) => ({
        cited,
        reason: fault(namedBy(file, target, files), heading),
      }),
    );
    const numbered = [...text.matchAll(DECISION)].map(([cited, number]) => ({
      cited,
      reason: decisions.includes(number) ? undefined : 'there is no such decision',
    }));
    const unfollowable = UNFOLLOWABLE.flatMap(({ form, reason }) =>
      [...text.matchAll(form)].map(([cited]) => ({ cited, reason })),
    );
    return [...links, ...mentions, ...numbered, ...unfollowable]
      .filter(({ reason }) => reason !== undefined)
      .map(({ cited, reason }) => `${file}: ${cited}: ${reason}`);
  });
};

/** One line for each path in backticks, in these pages, at which no file or folder `exists`. */
export const brokenPaths = (pages: Files, exists: (path: string) => boolean): readonly string[] =>
  [...pages].flatMap(([page, text]) =>
    [...text.matchAll(CODE_PATH)]
      .map(([, path = '']) => path)
      .filter((path) => !exists(path))
      .map((path) => `${page}: there is no file or folder ${path}`),
  );
