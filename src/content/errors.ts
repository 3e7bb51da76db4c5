/** The codes of the content store. */
import type { AttributionCode } from '../../state/attribution/errors.ts';
import type { ErrorTable } from '../lib/errors.ts';
import * as errors from '../lib/errors.ts';
import type { LibCode } from '../lib/lib-errors.ts';

export const CONTENT_ERRORS = {
  CONTENT_TYPE: {
    means: 'Content is of another type than was asked for, or of a type that this version does not know.',
    action: 'Check the root: it may be that of another kind of content.',
  },
  CONTENT_TOO_LONG: {
    means: 'A text is larger than one object of content may be.',
    action: 'Split the text.',
  },
  CONTENT_SALT: {
    means: 'The salt of an item has the wrong number of bytes.',
    action: 'Give a salt of 32 bytes.',
  },
  CONTENT_PROMPT_PART: {
    means: 'The prompt part of an item is not a whole number of tokens.',
    action: 'Give the number of tokens of the prompt part.',
  },
  CONTENT_BATCH: {
    means: 'More objects were put at once than one call may hold.',
    action: 'Put them in several calls.',
  },
  CONTENT_FULL: {
    means: 'The content store of the node is full.',
    action: 'Raise the limit of content in the config of the node, or use another node.',
  },
  CONTENT_ROOT: {
    means: 'Content is not what its root commits to.',
    action: 'Fetch it from another node.',
  },
  CONTENT_IO: {
    means: 'The content store cannot be opened or written.',
    action: 'Check the disk and the permissions, then start the node again.',
  },
  CONTENT_LOCKED: {
    means: 'Another process has the content store open.',
    action: 'Stop the other node, or start this one with another home.',
  },
  CONTENT_CORRUPT: {
    means: 'Content in the store is damaged.',
    action: 'Delete the content store of the node. It fetches content again when it needs it.',
  },
} as const satisfies ErrorTable;

export type ContentCode = keyof typeof CONTENT_ERRORS | AttributionCode | LibCode;

export type Result<T> = errors.Result<T, ContentCode>;
export const fault: errors.FaultOf<ContentCode> = errors.fault;
export const fail: errors.FailOf<ContentCode> = errors.fail;
