/** Builds docs/evaluation.md, which is never written by hand. */
import { holds, type Section, table } from './section.ts';

export type Run = { readonly quick: boolean; readonly seed: number; readonly sections: readonly Section[] };

const WHAT_FALLS_SHORT = `- **Paraphrase is not seen**, and rewriting hides a source quickly: see *Planted provenance*, rows 10 %, 30 % and 50 % of words. A match proves that words are repeated; it does not prove why, nor that a model would have answered otherwise without them.
- **Coincidence is told from copying only by a bar** that is measured on the data itself. Where the data is written to a template, the measurement is too low (*Template-heavy collections*), and where letters are tokens it is too (*Other languages*).
- **The remainder goes by novel tokens**, and words inserted into others’ text make novel tokens: a dense sybil takes a share (*Clones and sybils*). Junk, several times the data, lowers the bar by a step (*Moving the bar*). Only bonds and review bound both.
- **Who was first on the chain** is paid, which is not always who wrote it first.`;

export const report = ({ quick, seed, sections }: Run): string => {
  const checks = sections.flatMap((section) => section.checks);
  const failed = checks.filter((each) => !holds(each)).length;
  return `# Evaluation

Made by \`npm run eval${quick ? ' -- --quick' : ''}\`, seed ${seed}; not written by hand. The data is what [the demo](demo.md) ships: GSM8K with real outputs of four models, and the SWC registry. Every claim is settled by the chain’s own rules (\`settleClaim\`), every epoch closed by its own arithmetic
(\`closeEpoch\`, the F1 accumulators of the remainder), every bar found by its own calibration. The rules are in [attribution.md](attribution.md), the money in [economy.md](economy.md).

## What has to hold

${table(
  ['', 'holds', 'seen'],
  checks.map((each) => [each.name, holds(each) ? 'yes' : '**no**', each.seen]),
)}

${failed === 0 ? `All ${checks.length} hold.` : `**${failed} of ${checks.length} do not hold.**`}

## What falls short

${WHAT_FALLS_SHORT}

${sections.map(({ title, text }) => `## ${title}\n\n${text}`).join('\n\n')}
`;
};
