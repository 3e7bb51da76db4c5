/** The parameter with which methods name a version of a model. */
import * as Type from 'typebox';
import { uint32In } from './fields.ts';

export const versionIn = Type.Optional(uint32In('The version of the model; the current one if left out.'));
