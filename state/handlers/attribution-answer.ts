import { answer } from '../modules/disputes/disputes.ts';
import type { AttributionAnswer } from '../tx/attribution-answer.ts';
import type { Handler } from './handler.ts';

export const applyAttributionAnswer: Handler<AttributionAnswer> = (context, { demand, opening }) =>
  answer(context, demand, opening);
