/** A content store that shows whatever comes into it, as if a block had named it before. */

import { type ContentStore, type ContentStoreOptions, openContentStore } from '../../../src/content/store.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { ITEMS_MAX } from '../../../state/attribution/parameters.ts';

export const openShownStore = async (options: ContentStoreOptions): Promise<ContentStore> => {
  const store = await openContentStore(options);
  const show = (roots: readonly Root[]): Promise<void> =>
    store.show(
      roots.map((root) => ({ root, items: ITEMS_MAX })),
      store.shownHeight(),
    );
  return {
    ...store,
    put: async (objects) => {
      const put = await store.put(objects);
      if (put.ok) await show(put.value);
      return put;
    },
    receive: async (objects) => {
      await show(objects.map(({ root }) => root));
      return store.receive(objects);
    },
  };
};
