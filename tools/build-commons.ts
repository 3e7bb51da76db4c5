/**
 * Makes the commons that the package ships, node/commons.json, of the texts in tools/commons/, and enters it into
 * genesis.json. A text is a file: its name without the extension is the name of the item.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { commonsContent } from '../node/commons.ts';
import { unwrap } from '../src/lib/errors.ts';
import { CHAIN_COMMONS_RULES } from '../state/attribution/rules.ts';
import { CommonsType } from '../state/tx/commons.ts';

const SHIPPED = new URL('../node/commons.json', import.meta.url);
const GENESIS = new URL('../genesis.json', import.meta.url);

const textsIn = (folder: string): readonly { readonly name: string; readonly text: string }[] => {
  const url = new URL(`./commons/${folder}/`, import.meta.url);
  return readdirSync(url)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .map((file) => ({ name: file.slice(0, -'.txt'.length), text: readFileSync(new URL(file, url), 'utf8') }));
};

/** Returns the text of node/commons.json. */
export const commonsFile = (): string => {
  const texts = [...textsIn('licences'), ...textsIn('notices')];
  return `${JSON.stringify({ rules: CHAIN_COMMONS_RULES, texts }, null, 2)}\n`;
};

/** The field of genesis.json, as its formatter writes it. */
const FIELD = /"commons": (?:null|\{[^}]*\})/;

/** Returns the text of genesis.json with what the commons of a file is. */
export const genesisFile = (genesis: string, commons: string): string => {
  const terms = CommonsType.toJson(unwrap(commonsContent(JSON.parse(commons))).terms);
  const lines = Object.entries(terms as object).map(
    ([name, value]) => `    "${name}": ${JSON.stringify(value)}`,
  );
  return genesis.replace(FIELD, `"commons": {\n${lines.join(',\n')}\n  }`);
};

if (import.meta.main) {
  const file = commonsFile();
  writeFileSync(SHIPPED, file);
  writeFileSync(GENESIS, genesisFile(readFileSync(GENESIS, 'utf8'), file));
}
