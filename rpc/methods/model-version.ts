/** How methods name a version of a model. */
import Type from 'typebox';
import { versionCountOf } from '../../state/modules/models/models.ts';
import type { ReadView } from '../../state/view.ts';
import { fail } from '../codes.ts';
import { uint32In } from '../schema.ts';

export const versionIn = Type.Optional(uint32In('Of the model; the current one if left out.'));

export const versionNumber = (view: ReadView, id: number, version: number | undefined): number =>
  version ?? versionCountOf(view, id);

export const noModel = (id: number) => fail('MODEL_NOT_FOUND', `there is no model ${id}`, { id });

export const noVersion = (id: number, version: number) =>
  fail('MODEL_NOT_FOUND', `there is no version ${version} of a model ${id}`, { id, version });
