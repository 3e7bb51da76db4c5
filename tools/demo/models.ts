/** The models: one for each Datanet, registered with exactly the version of the Datanet that it was made from. */

import { readFileSync } from 'node:fs';
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { DatanetId } from '../../src/lib/ids.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import { manifestRoot, type Pin } from '../../state/tx/model-manifest.ts';
import { type ModelPrices, modelRegistration } from '../../state/tx/model-registration.ts';
import type { Actor } from './actors.ts';
import { eventField, intent, type Ledger } from './ledger.ts';

/** The prices, in base units per 1,000 units of text. */
export const PRICES: ModelPrices = { in: 10n ** 18n, out: 2n * 10n ** 18n };
/** The shares of a model's earnings, in basis points. The rest goes to its owner. */
const TRAINER_BPS = 3000;
const COMPUTE_BPS = 1000;

export type ModelPlan = {
  readonly name: string;
  readonly kind: 'base' | 'retrieval';
  readonly datanet: DatanetId;
  /** Other Datanets that it draws on, ascending, with ids above that of `datanet`. */
  readonly others?: readonly DatanetId[];
  /**
   * The root of what stands for its weights: the recorded outputs of a model that the demo cannot run, or the retriever
   * itself.
   */
  readonly weights: Root;
  /** The root of its recipe: where those outputs come from, or how the texts of the retriever are divided. */
  readonly recipe: Root;
};

export type RegisteredModel = {
  readonly id: number;
  readonly name: string;
  readonly datanet: DatanetId;
  /** The `manifestRoot` of its pins. */
  readonly manifest: Root;
  readonly prices: ModelPrices;
};

const fileRoot = (name: string): Root => sha256(readFileSync(new URL(name, import.meta.url)));

const RETRIEVER = {
  kind: 'retrieval',
  weights: fileRoot('retriever.ts'),
  recipe: fileRoot('swc.ts'),
} as const;

export const modelPlans = ([maths = 0, registry = 0, small = 0]: readonly number[]): readonly ModelPlan[] => [
  {
    name: 'gsm8k-175b-finetuning',
    kind: 'base',
    datanet: maths,
    weights: fileRoot('data/gsm8k/example_model_solutions.jsonl'),
    recipe: fileRoot('data/README.md'),
  },
  { name: 'swc-retriever', datanet: registry, ...RETRIEVER },
  { name: 'swc-small-retriever', datanet: small, ...RETRIEVER },
];

/** Returns a pin of the newest version of a Datanet. */
const pinOf = async (ledger: Ledger, datanet: DatanetId): Promise<Pin> => {
  const { version } = await ledger.reader.call('datanet_get', { id: datanet });
  return { datanet, count: version.count, root: version.root };
};

export const registerModels = async (
  ledger: Ledger,
  who: { readonly owner: Actor; readonly trainer: Actor; readonly compute: Actor },
  plans: readonly ModelPlan[],
): Promise<readonly RegisteredModel[]> => {
  const manifests = await Promise.all(
    plans.map(({ datanet, others = [] }) =>
      Promise.all([datanet, ...others].map((each) => pinOf(ledger, each))),
    ),
  );
  const executed = await ledger.submit(
    plans.map(({ name, kind, weights, recipe }, i) =>
      intent(who.owner, modelRegistration, {
        name,
        kind,
        base: undefined,
        rules: RULES_DEFAULT,
        weights,
        recipe,
        transcript: ZERO_ROOT,
        evaluationRoot: ZERO_ROOT,
        template: ZERO_ROOT,
        manifest: manifests[i] ?? [],
        shares: [
          { account: who.trainer.address, role: 'trainer', bps: TRAINER_BPS },
          { account: who.compute.address, role: 'compute', bps: COMPUTE_BPS },
        ],
        evaluation: [],
        prices: PRICES,
        attribution: { method: 'spans', commitments: [] },
      }),
    ),
  );
  return plans.flatMap(({ name, datanet }, i): readonly RegisteredModel[] => {
    const result = executed[i];
    if (result === undefined) return [];
    const id = Number(eventField(result, 'modelRegistered', 'model'));
    return [{ id, name, datanet, manifest: manifestRoot(manifests[i] ?? []), prices: PRICES }];
  });
};
