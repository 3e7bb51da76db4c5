import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockType, EMPTY_COMMIT, HeaderType, transactionRanges } from '../../../src/lib/chain.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { byteList, elementsOf, list } from '../../../src/lib/ssz.ts';

const element = byteList(100);
const type = list(element, 50);
const bytes = fc.uint8Array({ maxLength: 100 });

test('the elements of an encoded list are found where they stand', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 50 }), (values) => {
      const elements = elementsOf(type.encode(values));
      expect(elements.count).toBe(values.length);
      const found = values.map((_, i) => elements.at(i) ?? new Uint8Array(1));
      expect(found.map((each) => unwrap(element.decode(each)))).toEqual(values);
      expect(elements.at(values.length)).toBeUndefined();
    }),
  );
});

test('the transactions of a block stand in its encoding where their ranges say', () => {
  const header = unwrap(HeaderType.decode(new Uint8Array(HeaderType.maxBytes)));
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 20 }),
      fc.array(bytes, { maxLength: 2 }),
      (transactions, evidence) => {
        const encoded = BlockType.encode({ header, transactions, lastCommit: EMPTY_COMMIT, evidence });
        const found = transactionRanges(transactions).map(({ first, count }) =>
          encoded.slice(first, first + count),
        );
        expect(found).toEqual(transactions);
      },
    ),
  );
});
