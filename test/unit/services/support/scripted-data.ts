/** The contributions, the model and the receipts of a scripted chain, with texts that the node has or has not. */
import { declare, type FullDeclaration } from '../../../../src/attribution/declaration.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import { type Inference, inferenceObject, measureInference } from '../../../../src/client/inference.ts';
import { createRootOf } from '../../../../src/content/objects.ts';
import { ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { type Hex, toHex, utf8 } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import { maxBig } from '../../../../src/lib/math.ts';
import type { Json } from '../../../../src/lib/ssz.ts';
import {
  openServiceTextCache,
  openTextCache,
  type ServiceTextCache,
  type TextCache,
} from '../../../../src/services/corpus/text-cache.ts';
import { openTracers, type Tracers } from '../../../../src/services/corpus/tracers.ts';
import { CopiedRunsType, derivePassages, ItemShapesType } from '../../../../state/attribution/declaration.ts';
import { NovelRunsType } from '../../../../state/attribution/novel-runs.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import type { Tokens } from '../../../../state/attribution/tokens.ts';
import { contentDigest } from '../../../../state/tx/content-digest.ts';
import { type ReceiptBody, ReceiptBodyType, UNSAID } from '../../../../state/tx/receipt.ts';
import { refused, type ScriptedChain } from './scripted-chain.ts';

export const hex = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
const FINAL_ROUND = { status: 'final', matchBits: 96, controlBps: 0 };

export const account = (byte: number): string => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`;
export const tokensOf = (text: string): Tokens => unwrap(rulesOf(RULES_DEFAULT).tokenizeText(text));
/** Rare words, so that a match of eight of them has enough bits. */
export const words = (name: string, count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => `${name}${from + i}`).join(' ');

const rootOf = createRootOf(infoTable());
const roleOf = (commons: boolean): string => (commons ? 'commons' : 'data');

type Stage = 'review' | 'accepted' | 'rejected' | 'void';

export type ScriptedContribution = {
  readonly contribution: number;
  readonly root: string;
  readonly itemRoots: readonly string[];
  readonly texts: readonly string[];
  readonly rules: RulesVersion;
  /** Whether it was proposed as a commons. */
  readonly commons: boolean;
  stage: Stage;
  voidedAt: string | null;
  declaration: FullDeclaration;
  readonly struck: { novelRuns: number[]; passages: { index: number; height: string }[] };
  /** The novel runs that are struck, with their heights; null if none is. */
  strikes: { readonly all: string | null; readonly novelRuns: readonly Json[] } | null;
};

/** The texts of a receipt, and what its body says otherwise than they do. */
export type ScriptedReceipt = Pick<Inference, 'prompt' | 'output'> & {
  readonly change?: Partial<ReceiptBody>;
  /** The version by which the texts were stored; that of the model if left out. */
  readonly rules?: RulesVersion;
};

type ScriptedSettlement = {
  readonly id: string;
  readonly attestor: string;
  /** What is missing behind its claim. */
  short?: { readonly missing: string; readonly until: string };
  /** Who backs it; its attestor alone if left out. */
  backers?: readonly { readonly attestor: string; readonly amount: string }[];
};
type ScriptedBatch = {
  readonly batch: string;
  readonly height: string;
  readonly receipts: readonly ScriptedReceipt[];
  /** The settlement of each receipt that is not open. */
  readonly settled: Map<number, ScriptedSettlement & { status: 'settled' | 'final'; height: string }>;
};

export type ScriptedChallenge = {
  readonly id: string;
  readonly subject: string;
  readonly target: Json;
  readonly state: string;
  readonly challenger?: string;
  readonly demand?: Json;
  readonly outdone?: Json;
  readonly excuses?: Json;
};

export const DATANET = 1;
export const MODEL = 1;

export class ScriptedData {
  readonly chain: ScriptedChain;
  readonly contributions = new Map<number, ScriptedContribution>();
  readonly batches = new Map<string, ScriptedBatch>();
  challenges: ScriptedChallenge[] = [];
  /** What model_getCalibration answers of the version, and of its rounds. */
  calibration: Readonly<Record<string, unknown>> = { status: 'calibrated', matchBits: 96, controlBps: 0 };
  rounds: Readonly<Record<string, unknown>>[] = [FINAL_ROUND, FINAL_ROUND];
  /** The deadline of every receipt; null while they wait for a calibration. */
  deadline: string | null = '1000';
  /** The provider of every receipt. */
  provider = account(9);
  /** The bond of the attestor, and how much of it is locked. */
  bond = { bond: 10n ** 24n, locked: 0n };
  /** The number of models that are registered. All are calibrated alike. */
  models = 1;
  /** The height at which they were. */
  registeredAt = 1;
  readonly #index = new DatanetIndex(infoTable());

  constructor(chain: ScriptedChain) {
    this.chain = chain;
    chain.answer('attestor_get', () => ({
      payout: account(8),
      bond: this.bond.bond.toString(),
      locked: this.bond.locked.toString(),
      free: this.#free().toString(),
    }));
    chain.answer('contribution_get', ({ contribution }) => this.#record(Number(contribution)));
    chain.answer('contribution_getDeclaration', ({ contribution }) =>
      this.#declaration(Number(contribution)),
    );
    chain.answer('contribution_listRevealed', () => ({
      total: this.contributions.size,
      contributions: this.#all().map(({ contribution, stage, root, texts, commons }) => ({
        contribution,
        stage,
        root,
        digest: digestOf(texts),
        role: roleOf(commons),
        items: texts.length,
        tokens: String(tokensIn(texts)),
      })),
    }));
    chain.answer('datanet_get', () => ({
      id: DATANET,
      commonsContribution: null,
      terms: { commons: null, rules: RULES_DEFAULT },
    }));
    chain.answer('model_list', ({ from }) =>
      Array.from({ length: this.models }, (_, i) => ({
        id: MODEL + i,
        version: 1,
        rules: RULES_DEFAULT,
      })).filter(({ id }) => from === undefined || id >= Number(from)),
    );
    chain.answer('model_getVersion', () => ({
      id: MODEL,
      version: 1,
      height: String(this.registeredAt),
      rules: RULES_DEFAULT,
      eligible: [{ datanet: DATANET, count: this.contributions.size }],
    }));
    chain.answer('model_getContributions', ({ asOf }) => {
      const isLater = (height: string | null) =>
        typeof asOf === 'string' && height !== null && BigInt(height) > BigInt(asOf);
      const standing = this.#all().filter(
        ({ stage, voidedAt }) => stage === 'accepted' || (stage === 'void' && isLater(voidedAt)),
      );
      return {
        next: null,
        contributions: standing.map(({ contribution, root, commons, strikes, voidedAt }) => ({
          contribution,
          datanet: DATANET,
          commons,
          root,
          struck: strikes,
          voidedAt,
        })),
      };
    });
    chain.answer('model_getDrawOrder', () => ({
      total: this.contributions.size,
      contributions: this.#all().map(({ contribution, voidedAt, declaration, commons }, acceptance) => ({
        contribution,
        datanet: DATANET,
        acceptance,
        brought: commons
          ? null
          : { owner: account(contribution), commit: String(contribution), reveal: String(contribution) },
        dataTokens: String(derivePassages(declaration).dataTokens),
        voidedAt,
      })),
    }));
    chain.answer('model_getCalibration', () => ({
      version: 1,
      endedAt: null,
      matchBits: null,
      controlBps: null,
      figures: { data: '0', coverageBps: '0', controlBps: '0', liftBps: '0' },
      ...this.calibration,
      rounds: this.rounds.map((each, round) => ({
        round,
        drawAt: null,
        draw: null,
        claim: null,
        matchBits: null,
        controlBps: null,
        ...each,
      })),
    }));
    chain.answer('receipt_getBatch', ({ batch }) => this.#batch(String(batch)));
    chain.answer('receipt_get', ({ id }) => this.#receipt(String(id)));
    chain.answer('attribution_getChallenges', ({ subject }) => {
      const challenges = this.challenges.filter((each) => each.subject === subject).map(challengeOut);
      return { total: challenges.length, challenges };
    });
    chain.answer('attribution_getChallenge', ({ id }) => {
      const found = this.challenges.find((each) => each.id === id);
      return found === undefined ? refused('CHALLENGE_NOT_FOUND') : challengeOut(found);
    });
  }

  /** Returns the text cache and the tracers of a service, as the command opens them. */
  /** A cache that waits for texts, as a command does. */
  waitingCache(): TextCache {
    return openTextCache(this.chain.client, { contributionWaitMs: 50 });
  }

  reviewers(): { readonly textCache: ServiceTextCache; readonly tracers: Tracers } {
    const textCache = openServiceTextCache(this.chain.client);
    this.chain.background.push(textCache);
    return { textCache, tracers: openTracers(this.chain.client, textCache, undefined) };
  }

  /** Adds an accepted contribution whose texts the node has. */
  contribute(
    contribution: number,
    texts: readonly string[],
    change: (truth: FullDeclaration) => Partial<FullDeclaration> = () => ({}),
    rules: RulesVersion = RULES_DEFAULT,
    commons = false,
  ): ScriptedContribution {
    const salt = sha256(Uint8Array.of(contribution));
    const items = texts.map((text) => ({
      type: 'item' as const,
      rules,
      text: utf8(text),
      promptTokens: 0,
      salt,
    }));
    const roots = items.map((item) => unwrap(rootOf(item)));
    const root = toHex(unwrap(rootOf({ type: 'contribution', items: roots })));
    const truth = declare(
      this.#index,
      contribution,
      texts.map((text) => ({ tokens: tokensOf(text), promptTokens: 0 })),
    );
    const made: ScriptedContribution = {
      contribution,
      root,
      itemRoots: roots.map(toHex),
      texts,
      rules,
      commons,
      stage: 'accepted',
      voidedAt: null,
      declaration: { ...truth, ...change(truth) },
      struck: { novelRuns: [], passages: [] },
      strikes: null,
    };
    this.contributions.set(contribution, made);
    this.give(made);
    return made;
  }

  /** Adds a commons that was proposed, and accepted. */
  propose(contribution: number, texts: readonly string[]): ScriptedContribution {
    return this.contribute(contribution, texts, () => ({ novelRuns: [] }), RULES_DEFAULT, true);
  }

  /** Plays the block in which a contribution becomes void. Its novel runs fall with it. */
  voids(made: ScriptedContribution): void {
    this.chain.block();
    made.stage = 'void';
    made.voidedAt = String(this.chain.height);
    made.strikes = { all: made.voidedAt, novelRuns: [] };
  }

  /** Plays the block in which the first novel run of a contribution is struck. */
  strikes(made: ScriptedContribution): void {
    this.chain.block();
    made.strikes = { all: null, novelRuns: [{ index: 0, height: String(this.chain.height) }] };
  }

  give({ contribution, root, itemRoots, texts, rules }: ScriptedContribution): void {
    const salt = toHex(sha256(Uint8Array.of(contribution)));
    this.chain.give(root, { type: 'contribution', items: [...itemRoots] });
    for (const [i, each] of itemRoots.entries())
      this.chain.give(each, { type: 'item', rules, text: texts[i] ?? '', promptTokens: 0, salt });
  }

  withhold({ root, itemRoots }: ScriptedContribution): void {
    for (const each of [root, ...itemRoots]) this.chain.withhold(each);
  }

  /** Gives the node the texts of a receipt. */
  giveTexts(receipt: ScriptedReceipt): void {
    const { rules, prompt, output, salt } = textsOf(receipt);
    const object = { type: 'inference', rules, prompt, output, salt: toHex(salt), ids: null };
    this.chain.give(textsRoot(receipt), object);
  }

  /** Takes the texts of a receipt from the node. */
  withholdTexts(receipt: ScriptedReceipt): void {
    this.chain.withhold(textsRoot(receipt));
  }

  /** Records a batch of receipts in a block, whose texts the node has. */
  serve(batch: string, ...receipts: readonly ScriptedReceipt[]): ScriptedBatch {
    for (const receipt of receipts) this.giveTexts(receipt);
    this.chain.block({
      type: 'receiptsRecorded',
      data: { batch, provider: this.provider, receipts: receipts.length },
    });
    const made = { batch, height: String(this.chain.height), receipts, settled: new Map() };
    this.batches.set(batch, made);
    return made;
  }

  /** Plays the block in which receipts of a batch are settled. */
  settle(batch: string, indexes: readonly number[], settlement: ScriptedSettlement): void {
    const height = String(this.chain.height + 1);
    for (const index of indexes)
      this.batches.get(batch)?.settled.set(index, { ...settlement, status: 'settled', height });
    this.chain.block({
      type: 'receiptsSettled',
      data: {
        settlement: settlement.id,
        receipts: { batch, indexes: [...indexes] },
        attestor: settlement.attestor,
        bond: '1',
        missing: settlement.short?.missing ?? '0',
        finalAt: String(this.chain.height + 6),
      },
    });
  }

  /** What is free beside the bond of an epoch in which it has settled nothing yet. */
  #free(): bigint {
    const { bond, locked } = this.bond;
    return maxBig(0n, bond - locked - this.chain.params.attribution.lateProofBond);
  }

  #all(): readonly ScriptedContribution[] {
    return [...this.contributions.values()].toSorted((a, b) => a.contribution - b.contribution);
  }

  #found(contribution: number): ScriptedContribution {
    return this.contributions.get(contribution) ?? refused('CONTRIBUTION_NOT_FOUND');
  }

  #record(of: number): unknown {
    const { contribution, stage, root, texts, voidedAt, declaration, commons } = this.#found(of);
    return {
      contribution,
      datanet: DATANET,
      owner: account(contribution),
      commons,
      stage,
      commitment: hex(contribution),
      committedAt: String(contribution),
      bond: '1',
      reviews: [],
      content: { root, items: texts.length, tokens: String(tokensIn(texts)), bytes: '1' },
      declared: {
        digest: digestOf(texts),
        novelTokens: '1',
        novelRunsRoot: hex(0),
        dataTokens: '1',
        passagesRoot: hex(0),
        transaction: hex(0),
        role: roleOf(commons),
        parents: [],
        revealedAt: '1',
      },
      acceptance: 0,
      novelTokensLeft: String(declaration.novelRuns.reduce((sum, { start, end }) => sum + end - start, 0)),
      voidedAt,
      earned: { spans: '0', remainder: '0' },
      claimed: { spans: '0', remainder: '0' },
    };
  }

  #declaration(of: number): unknown {
    const { declaration, struck, commons } = this.#found(of);
    return {
      role: roleOf(commons),
      sources: [],
      shapes: ItemShapesType.toJson(declaration.shapes),
      copied: CopiedRunsType.toJson(declaration.copied),
      novelRuns: NovelRunsType.toJson(declaration.novelRuns),
      sketch: declaration.sketch,
      struck,
    };
  }

  #batch(id: string): unknown {
    const { batch, height, receipts, settled } = this.batches.get(id) ?? refused('BATCH_NOT_FOUND');
    const final = new Map<string, boolean>();
    for (const { id: settlement, status } of settled.values()) final.set(settlement, status === 'final');
    return {
      batch,
      provider: this.provider,
      height,
      deadline: this.deadline ?? '1000',
      receipts: receipts.length,
      open: receipts.flatMap((_, i) => (settled.has(i) ? [] : [i])),
      settlements: [...final].map(([settlement, isFinal]) => ({ id: settlement, final: isFinal })),
      bodies: receipts.map((receipt) => ({
        payer: account(8),
        lane: 0,
        model: MODEL,
        version: 1,
        deadline: this.deadline,
        texts: textsRoot(receipt),
        body: bodyOf(receipt),
      })),
    };
  }

  #receipt(id: string): unknown {
    const [batch = '', index = ''] = id.split('/');
    const { receipts, settled, height } = this.batches.get(batch) ?? refused('RECEIPT_NOT_FOUND');
    const receipt = receipts[Number(index)];
    if (receipt === undefined) return refused('RECEIPT_NOT_FOUND');
    const settlement = settled.get(Number(index));
    return {
      id,
      payer: account(8),
      provider: this.provider,
      model: MODEL,
      version: 1,
      lane: 0,
      texts: textsRoot(receipt),
      manifest: hex(0),
      height,
      deadline: this.deadline,
      body: bodyOf(receipt),
      split: { burned: '0', treasury: '0', attestor: '0', model: '0', stakers: '0', data: '0' },
      status: settlement?.status ?? 'open',
      settlement:
        settlement === undefined
          ? null
          : {
              id: settlement.id,
              attestor: settlement.attestor,
              height: settlement.height,
              finalAt: '1000',
              backers: settlement.backers ?? [{ attestor: settlement.attestor, amount: '1' }],
              short: settlement.short ?? null,
              demands: this.challenges
                .filter(({ subject, state }) => subject === id && state === 'open')
                .map((challenge) => challenge.id),
              outcome: {
                index: Number(index),
                bond: '100',
                scores: [],
                total: 0,
                covered: 0,
                coverageBps: 0,
              },
            },
    };
  }
}

/** The texts of a receipt with its salt, which follows from them. */
export const textsOf = ({ prompt, output, rules = RULES_DEFAULT }: ScriptedReceipt) =>
  ({ prompt, output, rules, salt: sha256(utf8(`${prompt}/${output}`)) }) satisfies Inference;

/** The root under which the texts of a receipt are stored. */
export const textsRoot = (receipt: ScriptedReceipt): Hex =>
  toHex(unwrap(rootOf(inferenceObject(textsOf(receipt)))));

const tokensIn = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + tokensOf(text).count, 0);

const digestOf = (texts: readonly string[]): string => toHex(contentDigest(DATANET, texts.map(tokensOf)));

const bodyOf = (receipt: ScriptedReceipt): Json =>
  ReceiptBodyType.toJson({
    ...UNSAID,
    ...unwrap(measureInference(infoTable(), textsOf(receipt))),
    model: MODEL,
    manifest: ZERO_ROOT,
    compute: 1n,
    fee: 1n,
    // The receipts of a model are of its version.
    rules: RULES_DEFAULT,
    ...receipt.change,
  });

const challengeOut = ({
  id,
  target,
  state,
  challenger = account(7),
  demand = null,
  outdone = null,
  excuses = outdone === null ? null : [],
}: ScriptedChallenge) => ({
  id,
  target,
  witness: demand === null ? 'invalid' : 'demand',
  challenger,
  height: '1',
  state,
  code: '',
  bond: '1',
  demand,
  outdone,
  excuses,
  answerBy: demand === null && outdone === null ? null : '100',
  cost: demand === null && outdone === null ? null : '1',
});
