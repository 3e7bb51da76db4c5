/**
 * `npm run bench:corpus -- code|japanese --out FILE.jsonl [--size 30MB] [--texts DIR]`: writes real text for
 * `npm run bench:attribution -- --corpus FILE.jsonl`, a row for each text. The same packages give the same file.
 */
import { writeFileSync } from 'node:fs';
import { CodedError, fault, toFault, unwrap } from '../../src/lib/errors.ts';
import { errorText } from '../../tools/lib/say.ts';
import { type Options, parseOptions, rowsOf, textsOf, USAGE } from './corpus-rows.ts';

const main = ({ kind, bytes, out, texts }: Options): void => {
  const made = unwrap(rowsOf(kind, textsOf(kind, texts), bytes));
  try {
    writeFileSync(out, made.rows.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  } catch (error) {
    throw new CodedError(fault('FILE_UNWRITABLE', `${out}: ${toFault(error).message}`));
  }
  process.stdout.write(`${out}: ${made.rows.length} texts, ${(made.bytes / 1e6).toFixed(1)} MB\n`);
};

const options = parseOptions(process.argv.slice(2));
if (!options.ok) {
  process.stderr.write(`${errorText(options.fault)}${USAGE}\n`);
  process.exitCode = 1;
} else if (options.value === 'help') process.stdout.write(`${USAGE}\n`);
else
  try {
    main(options.value);
  } catch (error) {
    process.stderr.write(errorText(toFault(error)));
    process.exitCode = 1;
  }
