/** The parameters of the chain, as they stand in its state: what the header's `parametersHash` is of. */
import { invariant, unwrap } from '../../../src/lib/errors.ts';
import { type Params, ParamsType } from '../../params.ts';
import type { ReadView, View } from '../../view.ts';

const KEY = 'params/current';

export const paramsOf = (view: ReadView): Params => {
  const stored = view.get(KEY);
  invariant(stored !== undefined, 'a chain has parameters from genesis on');
  return unwrap(ParamsType.decode(stored));
};

export const setParams = (view: View, params: Params): void => {
  view.set(KEY, ParamsType.encode(params));
};
