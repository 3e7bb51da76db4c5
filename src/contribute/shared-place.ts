import type { EnterPlace } from './place.ts';

/** Returns how a place is entered that other programs of the user share. In a page there are none. */
export const sharedPlace = (
  enter: EnterPlace,
  _options: { readonly warn: (text: string) => void },
): EnterPlace => enter;
