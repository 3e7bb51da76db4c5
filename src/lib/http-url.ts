/** URLs of servers as people write them, which may hold a password or a key of an API. Neither is ever shown. */
import { utf8 } from './bytes.ts';

export type HttpUrl = {
  /** Without user and password, for `fetch`, which takes none. */
  readonly address: string;
  /** The header for user and password (RFC 7617); undefined if the URL has none. */
  readonly authorization: string | undefined;
  /** What may be printed: without user, password, query and fragment. */
  readonly shown: string;
};

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
  const { username, password, search } = url;
  const has = username !== '' || password !== '';
  url.username = '';
  url.password = '';
  const address = has || base !== undefined ? url.href : text;
  url.search = '';
  url.hash = '';
  const bare = url.pathname === '/' && !text.split(/[?#]/)[0]?.endsWith('/') ? url.origin : url.href;
  return {
    address,
    authorization: has ? `Basic ${base64(utf8(`${decoded(username)}:${decoded(password)}`))}` : undefined,
    shown: search === '' ? bare : `${bare}?…`,
  };
};

/** What may be printed of a text that may be a URL. Of one that cannot be read, nothing is. */
export const shownUrl = (text: string): string => {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return parseHttpUrl(text).shown;
  return text.includes('@') ? '(a text that may hold a password)' : text.slice(0, 200);
};
