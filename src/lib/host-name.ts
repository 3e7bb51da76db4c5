/**
 * A name of hosts, by RFC 1123, section 2.1. Its last part is no number, decimal or hexadecimal, or the name would be read
 * as an address (https://url.spec.whatwg.org/#ends-in-a-number-checker).
 */
const NAME =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?![0-9]+$|0x[0-9a-f]*$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Whether DNS or a hosts file could know a host by this name. */
export const isHostName = (text: string): boolean => NAME.test(text);
