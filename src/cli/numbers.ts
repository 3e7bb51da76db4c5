/** Numbers on the command line. */
import { CodedError } from '../lib/errors.ts';
import { type ContributionId, OF_CHAIN } from '../lib/ids.ts';
import { divFloor, MAX_UINT32 } from '../lib/math.ts';
import { fault } from './errors.ts';

const refuse = (name: string, expected: string, text: string): CodedError =>
  new CodedError(
    fault('ARGUMENT_INVALID', `${name} takes ${expected}, not ${JSON.stringify(text.slice(0, 80))}`),
  );

/** Reads the id of something that the chain numbers from 1. @throws CodedError `ARGUMENT_INVALID` */
export const readId = (name: string, text: string): number => readCount(name, text, 1, MAX_UINT32);

/** Reads the id of a contribution; 0 is that of the commons of the chain. @throws CodedError `ARGUMENT_INVALID` */
export const readContributionId = (name: string, text: string): ContributionId =>
  readCount(name, text, OF_CHAIN, MAX_UINT32);

/** Reads a whole number from `least` to `most`. @throws CodedError `ARGUMENT_INVALID` */
export const readCount = (name: string, text: string, least: number, most: number): number => {
  const count = /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : -1;
  if (count >= least && count <= most) return count;
  throw refuse(name, `a number from ${least} to ${most}`, text);
};

/** A duration in its largest unit of which there are two, rounded down. */
export const durationText = (seconds: bigint): string => {
  if (seconds >= 7_200n) return `${divFloor(seconds, 3_600n)} hours`;
  return seconds >= 120n ? `${divFloor(seconds, 60n)} minutes` : `${seconds} seconds`;
};
