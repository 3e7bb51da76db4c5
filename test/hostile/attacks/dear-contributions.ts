import { type Attack, type Stage, sentByAll, type Target } from '../attack.ts';
import { contributionBody, gossip, send, signed } from '../transactions.ts';

/** So many are signed before the attack, because to sign one takes as long as to check it. */
const SIGNED = 24;

/** Returns the same ones again and again, each time with another byte: of the signature, or of the salt in the payload. */
const altered = (all: readonly Uint8Array[], place: (bytes: Uint8Array) => number): (() => Uint8Array) => {
  let made = 0;
  return () => {
    const bytes = Uint8Array.from(all[made % all.length] ?? []);
    const at = place(bytes) + (made % 16);
    bytes[at] = (bytes[at] ?? 0) ^ (1 + (made % 255));
    made += 1;
    return bytes;
  };
};

const large = ({ keys }: Stage, target: Target, items: number): readonly Uint8Array[] =>
  Array.from({ length: SIGNED }, (_, i) =>
    signed(target, keys[i % keys.length] ?? new Uint8Array(32).fill(1), BigInt(i), contributionBody(items)),
  );

export const attack: Attack = {
  name: 'dear-contributions',
  what: 'Contributions of 200 KB name accounts with money, but are forged, or signed and refused by their kind; two strangers gossip them to each node, and eight callers send them.',
  run: async (stage, signal) => {
    const senders = stage.targets.flatMap((target) => {
      // The signature is the last field: r begins 65 bytes before the end.
      const forged = altered(large(stage, target, 1), (bytes) => bytes.length - 60);
      const refused = large(stage, target, 2);
      let next = 0;
      return [
        gossip(target, signal, forged),
        gossip(target, signal, () => refused[next++ % refused.length] ?? new Uint8Array()),
        ...Array.from({ length: 8 }, () => send(target, signal, forged)),
      ];
    });
    return sentByAll(senders);
  },
};
