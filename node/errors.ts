/** The error codes of a node: of its home, its config, its keys, and of a devnet. */
import type { ConsensusCode } from '../consensus/errors.ts';
import type { P2pCode } from '../p2p/errors.ts';
import type { RpcFaultCode } from '../rpc/codes.ts';
import type { ContentCode } from '../src/content/errors.ts';
import type { ErrorTable } from '../src/lib/errors.ts';
import * as errors from '../src/lib/errors.ts';
import type { ChainCode } from '../state/errors/chain.ts';
import type { StoreCode } from '../state/store/errors.ts';
import type { MempoolCode } from './mempool/errors.ts';

export const NODE_ERRORS = {
  COMMONS_FILE_INVALID: {
    means: 'The file with the commons of the software is not the one that was published.',
    action: 'Install the software again.',
  },
  CONFIG_INVALID: {
    means: 'A field of the config file is unknown, missing or has a wrong value.',
    action: 'Correct the field that the message names.',
  },
  CONFIG_NOT_TOML: {
    means: 'The config file is not TOML.',
    action: 'Correct the line that the message names.',
  },
  DESCRIPTORS_TOO_FEW: {
    means: 'The system allows the process too few open files to run a node.',
    action: 'Raise the limit as the message says: `ulimit -n`, or `LimitNOFILE=` of a systemd service.',
  },
  GENESIS_COMMONS_SIZES: {
    means:
      'The commons of the genesis file has the root of the one that comes with this version, and other sizes.',
    action: 'Write the sizes that the message names, and agree on the new hash with all operators.',
  },
  GENESIS_INFO1: {
    means: 'The genesis file names another INFO-1 table than this version has.',
    action: 'Use the version of the software that the chain uses.',
  },
  HOME_OF_DEVNET: {
    means: 'The folder holds a whole devnet, and not the home of one node.',
    action: 'Start the devnet with `openledger devnet`, or name the home of one of its nodes.',
  },
  HOST_INVALID: {
    means: 'A text is neither an IP address nor a name of a host.',
    action: 'Write an IPv4 address, an IPv6 address without brackets, or a name such as `node.example.org`.',
  },
  HOST_UNRESOLVED: {
    means: 'A name of a host has no address.',
    action: 'Check the spelling. Enter the name into DNS or the hosts file, or give an IP address.',
  },
  HOME_MISSING: {
    means: 'The folder is not the home of a node.',
    action: 'Make one with `openledger init`, or give another `--home`.',
  },
  HOME_NOT_EMPTY: {
    means: 'The folder for a new home is not empty.',
    action: 'Choose another `--home`.',
  },
  KEY_FILE_INVALID: {
    means: 'The file is not an ed25519 key file, or its two keys do not belong together.',
    action: 'Restore the file from a backup.',
  },
  PORT_IN_USE: {
    means: 'Another process uses a port.',
    action: 'Choose another `--base-port`, or stop the other process.',
  },
  PORT_NONE_FREE: {
    means: 'The machine has too few free ports for a devnet.',
    action: 'Stop other processes, or choose a range with `--base-port`.',
  },
  DEVNET_INVALID: {
    means: 'The file of the devnet is not one that this command wrote.',
    action: 'Choose another `--home`, or delete the folder.',
  },
  DEVNET_MISMATCH: {
    means: 'The folder holds a devnet with other settings than were asked for.',
    action: 'Leave the settings out, or choose another `--home`.',
  },
  DEVNET_NODE_DIED: {
    means: 'A node of the devnet ended while it started.',
    action: 'Read the log of the node in its home.',
  },
  DEVNET_PORT_IN_USE: {
    means: 'A port of a node of the devnet is in use.',
    action: 'Stop the devnet that is running, or choose another `--home` and `--base-port`.',
  },
  DEVNET_DIVIDED: {
    means: 'The nodes of the devnet have decided different blocks at one height.',
    action: 'Report it with the homes of the nodes: this must never happen.',
  },
} as const satisfies ErrorTable;

export type NodeCode =
  | keyof typeof NODE_ERRORS
  | MempoolCode
  | ContentCode
  | ChainCode
  | StoreCode
  | ConsensusCode
  | P2pCode
  | RpcFaultCode;

export type Fault = errors.Fault<NodeCode>;
export type Result<T> = errors.Result<T, NodeCode>;
export const fault: errors.FaultOf<NodeCode> = errors.fault;
export const fail: errors.FailOf<NodeCode> = errors.fail;
