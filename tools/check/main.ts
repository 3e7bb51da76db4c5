/**
 * `npm test`: runs every check, even after one has failed, and ends with the line `N passed, N failed`. With names as
 * arguments (`node tools/check/main.ts types unit`) it runs only those.
 */
import { resolve } from 'node:path';
import { CHECKS } from './checks.ts';
import { run } from './run.ts';
import { add, NOTHING, type Tally } from './tally.ts';

const root = resolve(import.meta.dirname, '../..');
const names = process.argv.slice(2);
const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `no check named ${unknown.join(', ')}: there are ${CHECKS.map((check) => check.name).join(', ')}`,
  );
  process.exit(2);
}

const results: { readonly name: string; readonly seconds: number; readonly tally: Tally }[] = [];
for (const check of CHECKS.filter((each) => names.length === 0 || names.includes(each.name))) {
  console.log(`\n— ${check.name}: ${check.asks}`);
  const start = performance.now();
  const tally = await run(check, root);
  results.push({ name: check.name, seconds: (performance.now() - start) / 1000, tally });
}

console.log('');
for (const { name, seconds, tally } of results) {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  console.log(
    `${tally.failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${tally.passed} passed, ${tally.failed} failed${skipped}`,
  );
}
const total = results.map((result) => result.tally).reduce(add, NOTHING);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
