/** The devnet that is attacked: real processes, and their memory as the system counts it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { closeAtSignal } from '../../tools/lib/at-signal.ts';
import { lives, type NodeEntry, openWorkshop, type RunningDevnet, startDevnet } from '../e2e/processes.ts';
import type { Stage, Target } from './attack.ts';

const NODES = 4;
/** Two of four: if both stand still, the chain does. */
const ATTACKED = 2;

export type HostileNetwork = {
  readonly devnet: RunningDevnet;
  readonly stage: Stage;
  /** The nodes that are attacked, as `stage.targets`. */
  readonly attacked: readonly NodeEntry[];
  /** Private keys of accounts with money, 32 bytes each: of the honest users of each attacked node, and of one elsewhere. */
  readonly payers: { readonly ofAttacked: readonly Uint8Array[]; readonly elsewhere: Uint8Array };
  readonly stop: () => Promise<void>;
};

const targetOf = async (devnet: RunningDevnet, node: NodeEntry, i: number): Promise<Target> => {
  const [, , host = '', , port = ''] = node.p2p.split('/');
  const { chainId, genesisHash } = await devnet.client(i).call('chain_getDomain');
  return {
    p2p: { host, port: Number(port), multiaddr: node.p2p },
    rpc: node.rpc,
    chainId: String(chainId),
    genesisHash,
  };
};

/** What docs/operators.md#memory advises for a node that strangers reach: buffers of sockets go back to the system. */
const READS_GO_BACK = '65536';

export const startHostileNetwork = async (): Promise<HostileNetwork> => {
  process.env.MALLOC_MMAP_THRESHOLD_ ??= READS_GO_BACK;
  const shop = openWorkshop();
  closeAtSignal(shop.close);
  try {
    const devnet = await startDevnet(shop, join(shop.folder, 'net'), '--nodes', String(NODES));
    const { nodes, accounts, home } = devnet.ready;
    const [elsewhere, ...keys] = accounts.map(({ privateKey }) => unwrap(fromHex(privateKey)));
    if (elsewhere === undefined) throw new Error('the devnet has no account');
    const targets = await Promise.all(nodes.map((node, i) => targetOf(devnet, node, i)));
    return {
      devnet,
      stage: {
        targets: targets.slice(NODES - ATTACKED),
        nodes: targets,
        keys: keys.slice(ATTACKED),
        home,
      },
      attacked: nodes.slice(NODES - ATTACKED),
      payers: { ofAttacked: keys.slice(0, ATTACKED), elsewhere },
      stop: shop.close,
    };
  } catch (error) {
    await shop.close();
    throw error;
  }
};

export type NodeWatch = {
  /** Aborts once the process of an attacked node is gone. Its reason is an error that names the node. */
  readonly gone: AbortSignal;
  readonly end: () => void;
};

const LOOK_EVERY_MS = 100;

/** Looks whether the attacked nodes live, until it is ended. */
export const watchNodes = ({ attacked }: Pick<HostileNetwork, 'attacked'>): NodeWatch => {
  const gone = new AbortController();
  const look = (): void => {
    const names = attacked.filter(({ pid }) => !lives(pid)).map(({ name }) => name);
    if (names.length > 0) gone.abort(new Error(`${names.join(' and ')} ended`));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  look();
  return {
    gone: gone.signal,
    end: () => {
      look();
      clearInterval(timer);
    },
  };
};

/** Whether the system tells the peak of a process's memory, and lets one begin anew (Linux). */
export const KNOWS_PEAKS = existsSync('/proc/self/clear_refs');

/** Starts a new peak of the process's memory. */
export const resetPeak = (pid: number): void => {
  if (KNOWS_PEAKS) writeFileSync(`/proc/${pid}/clear_refs`, '5');
};

/** The peak of the process's resident memory since {@link resetPeak}, MB. Undefined where the system does not say. */
export const peakMb = (pid: number): number | undefined => {
  if (!KNOWS_PEAKS) return undefined;
  const kb = /^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kb === undefined ? undefined : Number(kb) / 1024;
};
