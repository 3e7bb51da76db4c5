import { challenge } from '../modules/disputes/disputes.ts';
import type { AttributionChallenge } from '../tx/attribution-challenge.ts';
import type { Handler } from './handler.ts';

export const applyAttributionChallenge: Handler<AttributionChallenge> = (context, { target, witness }) =>
  challenge(context, target, witness);
