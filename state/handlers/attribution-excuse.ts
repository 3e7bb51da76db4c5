import { excuse } from '../modules/disputes/disputes.ts';
import type { AttributionExcuse } from '../tx/attribution-excuse.ts';
import type { Handler } from './handler.ts';

export const applyAttributionExcuse: Handler<AttributionExcuse> = (context, { challenge, excuses }) =>
  excuse(context, challenge, excuses);
