/** Writes tables of code points as TypeScript. */

/** Code points in hexadecimal digits, and numbers. */
export type Rows = readonly (readonly (string | number)[])[];

const number = (cell: string | number): string =>
  typeof cell === 'number' ? String(cell) : `0x${cell.toLowerCase()}`;

/** Returns the declaration of a constant that holds the rows. */
export const codePointTable = (name: string, comment: string, rows: Rows): string =>
  [
    `/** ${comment} */`,
    `export const ${name}: readonly (readonly [${rows[0]?.map(() => 'number').join(', ')}])[] = [`,
    ...rows.map((row) => `  [${row.map(number).join(', ')}],`),
    '];',
  ].join('\n');
