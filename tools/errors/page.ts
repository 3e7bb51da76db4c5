/** Builds docs/errors.md from the tables of codes. */
import { dirname } from 'node:path';
import { AREAS, type Area } from './areas.ts';
import { filesByCode } from './sources.ts';

const HEAD = `# Error codes

Every error of this software has a code that stays the same, a message for people, and fields (\`data\`) with the values in
question. This page lists all codes of the node and of the command: which file finds the error (or which folder, if several of
its files do), what it means, and what to do. The file that declares the codes of a section is linked above its table. The page
is generated from these files (\`npx node tools/build-errors-page.ts\`). The tools in \`tools/\`, such as the demo, have a few
codes of their own, which their messages explain.

- **The command** prints \`error CODE: message\` on stderr and ends with status 1.
- **The RPC** answers with \`error.data.code\`; the other fields of \`error.data\` are those of the error ([rpc.md](rpc.md#errors)).
- **The results of a block** hold a code for each transaction that failed. The results root hashes the number of
  the code ([decision 017](decisions/017-results-hash-the-number-of-a-code.md)). Codes without a number cannot stand in a result.

A code that Node.js or the system gives, such as \`ENOSPC\`, is printed as it is.
`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const link = (path: string): string => `[\`${path}\`](../${path})`;

/** Returns each file that is the only one of its folder, and the folder of the others. */
const placesOf = (files: readonly string[]): readonly string[] => {
  const byFolder = Map.groupBy(files, (file) => dirname(file));
  return [...byFolder].map(([folder, [first = '', ...more]]) => (more.length === 0 ? first : folder));
};

const section = (
  { name, met, file, table }: Area,
  files: ReadonlyMap<string, readonly string[]>,
): readonly string[] => {
  const entries = Object.entries(table);
  const numbered = entries.some(([, { number }]) => number !== undefined);
  const head = ['code', ...(numbered ? ['number'] : []), 'comes from', 'means', 'what to do'];
  return [
    `## ${name}`,
    '',
    `${met} Declared in ${link(file)}.`,
    '',
    row(head),
    row(head.map(() => '---')),
    ...entries.map(([code, { number, means, action }]) =>
      row([
        `\`${code}\``,
        ...(numbered ? [String(number)] : []),
        placesOf(files.get(code) ?? [])
          .map(link)
          .join(', '),
        means,
        action,
      ]),
    ),
    '',
  ];
};

/** @param root - the folder of the repository */
export const errorsPage = (root: string): string => {
  const files = filesByCode(root);
  return [HEAD, ...AREAS.flatMap((area) => section(area, files))].join('\n').replace(/\n+$/, '\n');
};
