/** A genesis whose blocks and windows are short, for tests that wait for what the chain does at their ends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultGenesis } from '../../node/genesis-file.ts';
import { genesisToJson } from '../../state/genesis.ts';
import type { AttributionParams } from '../../state/params.ts';

/**
 * Writes the default genesis with a short pause between blocks, and with some parameters of attribution replaced.
 * @returns the path of its file
 */
export const writeShortGenesis = (folder: string, attribution: Partial<AttributionParams>): string => {
  const genesis = defaultGenesis();
  const { params } = genesis;
  const path = join(folder, 'short.json');
  const short = {
    ...genesis,
    params: {
      ...params,
      blocks: { ...params.blocks, commitPauseMs: 250 },
      attribution: { ...params.attribution, ...attribution },
    },
  };
  writeFileSync(path, JSON.stringify(genesisToJson(short)));
  return path;
};
