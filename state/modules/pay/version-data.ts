/**
 * The data money of an epoch by version of the model, until the epoch begins to close. 16 versions stand in one value, so that
 * a batch reads and writes the values of its own versions, however many others the model has.
 *
 *     epochs/<model>/<end>/versions/<page>      data money of the versions of a page, ascending by version
 *     epochs/versions/<model>/<end>             which pages there are (a sequence)
 */
import { container, list, type Ssz, uint32, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { sequence } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import type { DueEpoch } from './closing.ts';

const PAGE_BITS = 4;

const VersionDataType = container({
  version: uint32,
  /** Data money but for what is shared, base units. */
  data: uint128,
});
/** The data money of one version of a model in an epoch. */
export type VersionData = ValueOf<typeof VersionDataType>;
const PageType: Ssz<readonly VersionData[]> = list(VersionDataType, 1 << PAGE_BITS);

const pages = sequence('epochs/versions', uint32);
const pagesName = ({ model, end }: DueEpoch): string => `${numberKey(model)}/${numberKey(end)}`;
const pageOf = (version: number): number => version >>> PAGE_BITS;
const pageKey = ({ model, end }: DueEpoch, page: number): Key =>
  `epochs/${numberKey(model)}/${numberKey(end)}/versions/${numberKey(page)}`;

const pageData = (view: ReadView, epoch: DueEpoch, page: number): readonly VersionData[] =>
  load(view, pageKey(epoch, page), PageType) ?? [];

/** Adds to the data money of these versions. */
export const addVersionData = (view: View, epoch: DueEpoch, more: ReadonlyMap<number, bigint>): void => {
  for (const [page, entries] of Map.groupBy(more, ([version]) => pageOf(version))) {
    const versions = new Map(pageData(view, epoch, page).map(({ version, data }) => [version, data]));
    if (versions.size === 0) pages.append(view, pagesName(epoch), page);
    for (const [version, data] of entries) versions.set(version, (versions.get(version) ?? 0n) + data);
    const merged = [...versions].map(([version, data]) => ({ version, data }));
    save(
      view,
      pageKey(epoch, page),
      PageType,
      merged.sort((a, b) => a.version - b.version),
    );
  }
};

/** Returns the data money of each version that had any, also of 0, ascending by version; none is left. */
export const takeVersionData = (view: View, epoch: DueEpoch): readonly VersionData[] =>
  pages
    .takeAll(view, pagesName(epoch))
    .toSorted((a, b) => a - b)
    .flatMap((page) => {
      const versions = pageData(view, epoch, page);
      view.delete(pageKey(epoch, page));
      return versions;
    });
