import Type from 'typebox';
import { countIn, uint32In } from '../schema.ts';

/** Lists by id, a page at a time: the next page is after the last id of this one. */
export const pageParams = {
  after: Type.Optional(uint32In('List from the id after this one on; 0 if left out.')),
  limit: Type.Optional(countIn(1_000, 'How many at most; 100 if left out.')),
};

/** Lists by place. */
export const rangeParams = {
  from: Type.Optional(uint32In('List from this place on; 0 if left out.')),
  limit: Type.Optional(countIn(1_000, 'How many at most; 100 if left out.')),
};
