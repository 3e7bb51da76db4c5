/**
 * The genesis of the demo's chain. What somebody has to do within so many blocks has time enough on any machine; what has to
 * pass before the demo goes on, such as the challenge window, stays as short as in any devnet.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultGenesis } from '../../node/genesis-file.ts';
import { withChallengeWindow } from '../../node/network-times.ts';
import { type Genesis, genesisToJson } from '../../state/genesis.ts';

/** Blocks: some hours of them, while the demo takes minutes on the slowest machine. */
const PLENTY = 20_000;

/** @param challengeWindow - in blocks; that of any devnet if left out */
const patientGenesis = (challengeWindow?: number): Genesis => {
  const genesis = defaultGenesis();
  const { challengeWindow: usual } = genesis.params.attribution;
  const params = withChallengeWindow(genesis.params, challengeWindow ?? usual);
  const { epochBlocks, settleEpochs } = params.attribution;
  return {
    ...genesis,
    params: {
      ...params,
      // People commit early, and reveal when it is their turn.
      contribution: { ...params.contribution, revealMax: PLENTY },
      // A receipt that nobody has settled by then would expire, and its data money would go to all.
      attribution: {
        ...params.attribution,
        settleEpochs: Math.max(settleEpochs, Math.ceil(PLENTY / epochBlocks)),
      },
      escrow: { ...params.escrow, withdrawDelay: 2 * PLENTY },
    },
  };
};

/** The options of `attest` and `watch` by which neither demands a text: all of them arrive, sooner or later. */
export const PATIENCE = ['--patience', String(PLENTY)] as const;

/** Writes the genesis to a file for as long as `use` takes. */
export const withGenesis = async <T>(
  challengeWindow: number | undefined,
  use: (file: string) => Promise<T>,
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-demo-genesis-'));
  try {
    const file = join(folder, 'genesis.json');
    writeFileSync(file, JSON.stringify(genesisToJson(patientGenesis(challengeWindow))));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
