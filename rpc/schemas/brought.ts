/** Who brought a contribution, as several methods return it. */
import * as Type from 'typebox';
import { addressOut, heightOut } from './fields.ts';

export const broughtOut = (description?: string) =>
  Type.Object(
    {
      owner: addressOut(),
      commit: heightOut('The height of the block with its commit.'),
      reveal: heightOut('The height of the block with its reveal.'),
    },
    description === undefined ? {} : { description },
  );
