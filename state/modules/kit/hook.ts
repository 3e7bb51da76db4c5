/** What a module may do at the end of a block. */
import type { BlockContext, ChainEvent } from '../../tx/kind.ts';
import type { View } from '../../view.ts';

export type HookContext = {
  readonly block: BlockContext;
  readonly view: View;
  readonly emit: (event: ChainEvent) => void;
};

export type Hook = (context: HookContext) => void;
