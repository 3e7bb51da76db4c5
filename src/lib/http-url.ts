/** URLs of servers as people write them. They may hold a password, or a key of an API in their path or query. Neither is ever shown. */
import { utf8 } from './bytes.ts';

export type HttpUrl = {
  /** Without user and password, for `fetch`, which takes none. */
  readonly address: string;
  /** The header for user and password (RFC 7617); undefined if the URL has none. */
  readonly authorization: string | undefined;
  /** What may be printed: the scheme, the host and the port. `/…` says that there is more. */
  readonly shown: string;
  /** Returns a text of somebody who knows the URL, such as its server, without what is secret in it: 8 characters and more. */
  readonly hide: (text: string) => string;
};

/** What is shorter may be a part of an id or a word, and would be missed there. */
const HIDDEN_LENGTH_MIN = 8;

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** Takes an absolute URL of http or https apart, or a relative one of a page. @throws TypeError if it is none */
export const parseHttpUrl = (text: string, base?: string): HttpUrl => {
  const url = new URL(text, base);
  const { username, password, origin, pathname, search } = url;
  const has = username !== '' || password !== '';
  const credentials = base64(utf8(`${decoded(username)}:${decoded(password)}`));
  const values = [...url.searchParams].flat();
  const steps = pathname.split('/').flatMap((step) => [step, decoded(step)]);
  const hidden = [credentials, password, decoded(password), username, decoded(username)]
    .concat(search.slice(1), values, steps)
    .filter((each) => each.length >= HIDDEN_LENGTH_MIN)
    // A longer one may hold a shorter one.
    .sort((a, b) => b.length - a.length);
  url.username = '';
  url.password = '';
  const address = has || base !== undefined ? url.href : text;
  const isBare = pathname === '/' && search === '';
  // As it was typed, for those who compare.
  const slash = /^[^?#]*\/(?:[?#]|$)/.test(text) ? '/' : '';
  return {
    address,
    authorization: has ? `Basic ${credentials}` : undefined,
    shown: `${origin}${isBare ? slash : '/…'}`,
    hide: (told) => hidden.reduce((rest, each) => rest.replaceAll(each, '…'), told),
  };
};

/** What a text has before its first path or query, with its scheme: one whose scheme was left out or misspelt is no URL. */
const START = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]*[^/\\?#]*/i;

/** What may be printed of a text that may be a URL: as much as of one that can be read. */
export const shownUrl = (text: string): string => {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return parseHttpUrl(text).shown;
  if (text.includes('@')) return '(a text that may hold a password)';
  const start = START.exec(text)?.[0] ?? '';
  return start === text ? text.slice(0, 200) : `${start.slice(0, 200)}/…`;
};
