/** Builds docs/evaluation.md, which is never written by hand. */
import { holds, type Section, table } from './section.ts';

export type Run = { readonly quick: boolean; readonly seed: number; readonly sections: readonly Section[] };

const whatFallsShort = (
  sections: readonly Section[],
): string => `- **Paraphrase is not seen**, and rewriting hides a source quickly: see the rows 10 %, 30 % and 50 % of words in *Planted provenance*. A match proves that words are repeated; it does not prove why, nor that a model would have answered otherwise without them.
- **Only a bar separates copying from coincidence**, and the bar is measured on the data itself. The measurement is too low where the data follows a template (*Template-heavy collections*), and where letters are tokens (*Other languages*).
- **Novel tokens are cheap.** Words inserted into others’ text make them (*Clones and sybils*), so where a chain pays a part by novel tokens, a dense sybil takes a share of it. By default no chain does. ${sections.some(({ figures }) => figures.junkLowersBar === true) ? 'Several times as much junk as data lowers the bar (*Moving the bar*). Only bonds and review limit both.' : 'Only bonds and review limit that.'}
${sections.flatMap(({ title, fallsShort = [] }) => fallsShort.map((each) => `- ${each} (*${title}*)`)).join('\n')}`;

export const report = ({ quick, seed, sections }: Run): string => {
  const checks = sections.flatMap((section) => section.checks);
  const failed = checks.filter((each) => !holds(each)).length;
  return `# Evaluation

This page says how well attribution works on real data and under attack, and where it falls short. It is made by
\`npm run eval${quick ? ' -- --quick' : ''}\` with seed ${seed}, and not written by hand.

- **The data** is what [the demo](demo.md) ships: GSM8K with real outputs of four models, and the SWC registry.
  Four sections also read texts of other people: those on the people who are in no data, on the commons of the chain, on what
  each track pays, and on what is paid for what others wrote. These texts are in the packages of npm, Debian and Python that
  the machine of this run had.
- **The rules** are those of the chain. Its functions settle every claim (\`settleClaim\`), close every epoch
  (\`closeEpoch\`, with the F1 accumulators of the remainder) and find every bar (calibration). Chunks are picked for
  answers by a simple index, which a test compares with a brute-force oracle. The rules are described in
  [attribution.md](attribution.md), and the money in [economy.md](economy.md).

## What has to hold

${table(
  ['', 'holds', 'seen'],
  checks.map((each) => [each.name, holds(each) ? 'yes' : '**no**', each.seen]),
)}

${failed === 0 ? `All ${checks.length} hold.` : `**${failed} of ${checks.length} do not hold.**`}

## What falls short

${whatFallsShort(sections)}

${sections.map(({ title, text }) => `## ${title}\n\n${text}`).join('\n\n')}
`;
};
