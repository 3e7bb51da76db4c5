import { concat } from '../../../src/lib/bytes.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { floodGossip } from '../gossip-flood.ts';
import { field, framed } from '../meshsub.ts';

const STRANGERS = 4;
const PAUSE_MS = 20;
/** So many entries of IWANT have as many ids each as the library decodes: together the longest message. */
const ENTRIES = 110;
const IDS = 5_000;

const repeated = (bytes: Uint8Array, times: number): Uint8Array =>
  Uint8Array.from({ length: bytes.length * times }, (_, i) => bytes[i % bytes.length] ?? 0);

const NOTHING = new Uint8Array(0);
/** Message ids without a byte in IWANT, and messages whose topic or data stands again and again. */
const FRAMES: readonly Uint8Array[] = [
  framed(
    field(3, concat(...Array.from({ length: ENTRIES }, () => field(2, repeated(field(1, NOTHING), IDS))))),
  ),
  framed(field(2, repeated(field(4, NOTHING), ENTRIES * IDS))),
  framed(field(2, repeated(field(2, NOTHING), ENTRIES * IDS))),
];

/** Half of the strangers send the first alone, which is the dearest. */
const flood = (target: Target, signal: AbortSignal, first: number): Promise<number> => {
  const frames = first % 2 === 0 ? FRAMES.slice(0, 1) : FRAMES;
  return floodGossip(target, signal, (n) => frames[(first + n) % frames.length] ?? NOTHING, PAUSE_MS);
};

export const attack: Attack = {
  name: 'control-fields',
  what: `${STRANGERS} strangers at each node ask for ${ENTRIES * IDS} messages without an id in one field, or name a topic as often in one message.`,
  run: async ({ targets }, signal) =>
    sentByAll(
      targets.flatMap((target) => Array.from({ length: STRANGERS }, (_, i) => flood(target, signal, i))),
    ),
};
