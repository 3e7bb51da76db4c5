/** The first line of `openledger devnet --json`: what runs, and whose keys there are. */
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Line } from '../../src/cli/liar/programs.ts';

const Ready = Type.Object({
  ready: Type.Literal(true),
  chainId: Type.String(),
  home: Type.String(),
  nodes: Type.Array(Type.Object({ name: Type.String(), rpc: Type.String(), pid: Type.Integer() })),
  accounts: Type.Array(
    Type.Object({ name: Type.String(), address: Type.String(), privateKey: Type.String() }),
  ),
});
/** The first line of `devnet --json`. */
export type DevnetReady = Static<typeof Ready>;

export const readyOf = (line: Line): DevnetReady => Value.Parse(Ready, line);
