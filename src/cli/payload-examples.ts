/**
 * Payloads to start from. Each can be sent as it is on a devnet, whose accounts have these names. A test sends them.
 */

/** The accounts that examples name. */
export const EXAMPLE_ACCOUNTS = ['alice', 'bob', 'carol'] as const;

const [ALICE, BOB, CAROL] = EXAMPLE_ACCOUNTS;

/** The terms of a Datanet. */
export const DATANET_EXAMPLE = {
  name: 'questions and answers',
  domain: 'general knowledge',
  licence: 'CC-BY-4.0',
  schema: { fields: ['question', 'answer'], promptFields: 1 },
  commons: null,
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: [ALICE, BOB],
  quorum: 2,
  bondPerByte: '0.000001 OPEN',
  prices: { inMin: '0 OPEN', outMin: '0 OPEN' },
} as const;

/** A version of a Datanet, as a model pins it. */
export type Pin = { readonly datanet: number; readonly count: number; readonly root: string };

/** The terms of a later version of a model. `file:` stands for the sha256 of the file. */
export const revisionExample = (manifest: readonly Pin[]) => ({
  weights: 'file:weights.bin',
  recipe: 'file:recipe.txt',
  manifest,
  evaluation: [{ measure: 'exact match', thousandths: 512 }],
});

/** The terms of a model. */
export const modelExample = (manifest: readonly Pin[]) => {
  const { weights, recipe, evaluation } = revisionExample(manifest);
  return {
    name: 'my model',
    kind: 'base',
    base: null,
    weights,
    recipe,
    manifest,
    shares: [{ account: CAROL, role: 'trainer', bps: 1000 }],
    evaluation,
    prices: { in: '0.001 OPEN', out: '0.002 OPEN' },
    attribution: { method: 'spans', commitments: [] },
  };
};

/** What a payer owes a provider so far, for `voucher sign`. */
export const VOUCHER_EXAMPLE = {
  payer: ALICE,
  provider: BOB,
  lane: 0,
  amount: '0.01 OPEN',
  count: 1,
  accumulator: `0x${'00'.repeat(32)}`,
} as const;

/** The examples of kinds that the fields alone do not lead to. */
export const KIND_EXAMPLES: ReadonlyMap<string, object> = new Map<string, object>([
  ['datanetCreate', DATANET_EXAMPLE],
  ['modelRegistration', modelExample([])],
  ['modelRevision', { model: 1, ...revisionExample([]) }],
]);
