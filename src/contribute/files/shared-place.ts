import { userPath } from '../../lib/files.ts';
import type * as web from '../shared-place.ts';
import { enterBeside } from './begun-journals.ts';

/** Does the same as {@link web.sharedPlace} among the programs of the user, of which the command is one. */
export const sharedPlace: typeof web.sharedPlace = (enter, options) =>
  enterBeside(userPath('contributions'), enter, options);
