/** What a folder is, by the file that makes it so. It loads nothing of the network, because every command asks it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const configFile = (root: string): string => join(root, 'config.toml');

export const devnetFile = (root: string): string => join(root, 'devnet.json');

/** Whether the folder is the home of a node. */
export const isNodeHome = (root: string): boolean => existsSync(configFile(root));

/** Whether the folder is that of a devnet. */
export const isDevnet = (root: string): boolean => existsSync(devnetFile(root));

/** Why nothing can be done with a folder that is neither. */
export const neitherHome = (root: string): string =>
  `${root} is neither the home of a node (no config.toml) nor the folder of a devnet (no devnet.json); make one with "openledger init" or "openledger devnet"`;
