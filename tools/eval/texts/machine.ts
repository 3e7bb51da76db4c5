/**
 * Collects texts from what is on the machine: packages of npm and Debian, and a Python. They are read, never
 * copied. The figures that come from them depend on what is installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { filesBelow, readText } from './files.ts';
import { readManual } from './roff.ts';
import type { Text } from './text.ts';

/** How one kind of text is collected. */
export type Source = {
  readonly name: string;
  readonly description: string;
  /**
   * Returns the texts; none if there are none on this machine.
   * @param roots - folders in which packages of Debian are unpacked, the machine's own `/` first
   */
  readonly collect: (roots: readonly string[]) => readonly Text[];
};

const NODE_MODULES = new URL('../../../node_modules', import.meta.url).pathname;

const textsOf = (
  paths: readonly string[],
  authorOf: (path: string, text: string) => string,
  read: (path: string) => string | undefined = readText,
): readonly Text[] =>
  paths.flatMap((path) => {
    const text = read(path);
    return text === undefined ? [] : [{ author: authorOf(path, text), prompt: '', text }];
  });

/** Returns the folder of the package that a file in node_modules belongs to. */
const packageOf = (path: string): string => {
  const parts = path.split('/');
  const at = parts.lastIndexOf('node_modules') + 1;
  return parts.slice(0, at + (parts[at]?.startsWith('@') === true ? 2 : 1)).join('/');
};

type Manifest = {
  readonly author?: string | { readonly name?: string };
  readonly repository?: string | { readonly url?: string };
};

const npmAuthors = new Map<string, string>();

/**
 * Returns the scope of a package, the owner of its repository, its author, or its name: the first that is
 * known.
 */
const npmAuthor = (path: string): string => {
  const folder = packageOf(path);
  const known = npmAuthors.get(folder);
  if (known !== undefined) return known;
  const name = relative(join(folder.slice(0, folder.lastIndexOf('node_modules')), 'node_modules'), folder);
  const file = join(folder, 'package.json');
  const { author, repository } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
  const url = typeof repository === 'string' ? repository : (repository?.url ?? '');
  const owner = /(?:github\.com[/:]|^github:|^)([\w-]+)\/[\w.-]+$/.exec(url)?.[1];
  const person = (typeof author === 'string' ? author : author?.name)?.replace(/\s*[<(].*$/, '');
  const found = (
    name.startsWith('@') ? (name.split('/')[0] ?? name) : (owner ?? person ?? name)
  ).toLowerCase();
  npmAuthors.set(folder, found);
  return found;
};

/** Machines write longer lines than people. */
const LINE_CHARACTERS_MAX = 300;

const isWritten = (text: string): boolean =>
  text.split('\n').every((line) => line.length <= LINE_CHARACTERS_MAX);

const javascript: Source = {
  name: 'JavaScript',
  description:
    'JavaScript of the packages in node_modules; the author is the scope, the owner of the repository, or the author that the package names',
  collect: () =>
    textsOf(
      filesBelow(NODE_MODULES, (name) => name.startsWith('.')).filter((path) => /\.[cm]?js$/.test(path)),
      npmAuthor,
    ).filter(({ text }) => isWritten(text)),
};

const pythonFolders = (): readonly string[] =>
  ['/usr/local/lib', '/usr/lib']
    .flatMap((folder) => [14, 13, 12, 11, 10, 9].map((minor) => join(folder, `python3.${minor}`)))
    .filter((folder) => existsSync(join(folder, 'argparse.py')));

const python: Source = {
  name: 'Python',
  description: 'the standard library of Python; the author is `__author__` of the module, or its package',
  collect: () => {
    const [folder] = pythonFolders();
    if (folder === undefined) return [];
    const outside = /^(?:site-packages|dist-packages|test|tests|idle_test|__pycache__)$/;
    return textsOf(
      filesBelow(folder, (name) => outside.test(name)).filter((path) => path.endsWith('.py')),
      (path, text) =>
        /^__author__\s*=\s*['"]+([^'"<(,]+)/m.exec(text)?.[1]?.trim().toLowerCase() ??
        (relative(folder, path).split('/')[0] ?? '').replace(/\.py$/, ''),
    );
  },
};

/** Returns the source package of each Debian package. Packages of one source share their authors. */
const debianSources = (root: string): ReadonlyMap<string, string> => {
  const file = join(root, 'var/lib/dpkg/status');
  if (!existsSync(file)) return new Map();
  return new Map(
    readFileSync(file, 'utf8')
      .split('\n\n')
      .flatMap((entry) => {
        const name = /^Package: (\S+)/m.exec(entry)?.[1];
        return name === undefined ? [] : [[name, /^Source: (\S+)/m.exec(entry)?.[1] ?? name] as const];
      }),
  );
};

const licences: Source = {
  name: 'licences',
  description:
    'licences and copyright files of packages of npm and Debian; the author is the scope, owner or source of the package',
  collect: (roots) => [
    ...textsOf(
      filesBelow(NODE_MODULES, (name) => name.startsWith('.')).filter((path) =>
        /^(?:licen[cs]e|copying|notice)[\w.-]*$/i.test(basename(path)),
      ),
      npmAuthor,
    ),
    ...roots.flatMap((root) => {
      const sources = debianSources(root);
      return textsOf(
        filesBelow(join(root, 'usr/share/doc')).filter((path) => basename(path) === 'copyright'),
        (path) => {
          const name = basename(dirname(path));
          return sources.get(name) ?? name;
        },
      );
    }),
  ],
};

const manuals = (name: string, folder: string): Source => ({
  name: `manuals, ${name}`,
  description: `manual pages in ${name} that packages of Debian bring; the author is the project that a page belongs to`,
  collect: (roots) =>
    roots.flatMap((root) =>
      filesBelow(join(root, 'usr/share/man', folder))
        .filter((path) => /\.\d\w*\.gz$/.test(path))
        .flatMap((path): readonly Text[] => {
          const source = readText(path);
          if (source === undefined) return [];
          const { project, text } = readManual(source);
          return [{ author: project || basename(path).replace(/\..*$/, ''), prompt: '', text }];
        }),
    ),
});

const kernel: Source = {
  name: 'kernel documentation',
  description:
    'the documentation of Linux that the package linux-doc brings; the author is the subsystem, which is the folder',
  collect: (roots) =>
    roots.flatMap((root) => {
      const doc = join(root, 'usr/share/doc');
      return textsOf(
        filesBelow(doc, (name) => /^(?:html|translations)$/.test(name)).filter((path) =>
          /linux-doc[^/]*\/Documentation\/.*\.(?:rst|txt)(?:\.gz)?$/.test(path),
        ),
        (path) => /\/Documentation\/([^/]+)/.exec(path)?.[1] ?? '',
      );
    }),
};

/** All that is collected from the machine. */
export const MACHINE_SOURCES: readonly Source[] = [
  javascript,
  python,
  kernel,
  licences,
  manuals('German', 'de'),
  manuals('French', 'fr'),
  manuals('Russian', 'ru'),
  manuals('Japanese', 'ja'),
];
