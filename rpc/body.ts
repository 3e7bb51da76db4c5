/** Reads the body of a request, within a limit for one and within the memory of the server for all of them together. */
import type { Readable } from 'node:stream';
import type { Client } from './answer-chunks.ts';

export type BodyRefusal = 'tooLarge' | 'noRoom' | 'notWhole';

/** Why a body was not read. */
export class BodyError extends Error {
  readonly refusal: BodyRefusal;

  constructor(refusal: BodyRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/** Reads a whole body. Its bytes are held for the client, who is to release them. @throws BodyError */
export const readBody = async (
  body: Readable,
  {
    limit,
    announced,
    client,
  }: { readonly limit: number; readonly announced: number; readonly client: Client },
): Promise<Uint8Array> => {
  if (announced > limit) throw new BodyError('tooLarge');
  const parts: Buffer[] = [];
  let size = 0;
  try {
    // A body that is refused is not destroyed: its socket is needed for the answer.
    for await (const part of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (size + part.length > limit) throw new BodyError('tooLarge');
      if (!client.hold(part.length)) throw new BodyError('noRoom');
      size += part.length;
      parts.push(part);
    }
  } catch (error) {
    client.release(size);
    throw error instanceof BodyError ? error : new BodyError('notWhole');
  }
  return Buffer.concat(parts, size);
};
