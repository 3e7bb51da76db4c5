/** The attestor's part for calibrations: it claims each round that was drawn and has no claim. */

import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { CalibrationRound } from '../../../state/attribution/calibration.ts';
import type { EventType } from '../../../state/events.ts';
import { claimOfMeasurement } from '../../attribution/calibration-claimer.ts';
import { measureControl } from '../../attribution/calibrator.ts';
import type { Outcome } from '../../client/outbox.ts';
import { pages } from '../../client/pages.ts';
import { type BackOff, pauseAfter } from '../../lib/back-off.ts';
import type { Height, Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import type { ModelId } from '../../lib/ids.ts';
import { maxBig } from '../../lib/math.ts';
import type { Demanding } from '../challenge/demanding.ts';
import { calibrationFacts, readCalibrationData } from '../corpus/calibration-data.ts';
import type { TextCache } from '../corpus/text-cache.ts';
import { eligibleOf, type Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import { sendOrRefusal } from '../run/transactions.ts';
import type { Bond } from './bond.ts';

type ModelVersion = { readonly model: ModelId; readonly version: number };
type ModelRound = ModelVersion & { readonly round: CalibrationRound };
type DrawnRound = { readonly round: CalibrationRound; readonly seed: Root };

const KEY = 'calibrate';
const keyOf = ({ model, version, round }: ModelRound): string => `${KEY}/${model}/${version}/${round}`;

/** The number of blocks after which all models are looked at again: work that failed may have skipped one of them. */
const SWEEP_BLOCKS = 10n;
/** The pause before a round is claimed again after its claim was refused, in blocks: the measurement is made anew for it. */
const RETRY_BLOCKS: BackOff = { first: 1, longest: 64 };

export class Calibrating {
  static readonly EVENTS: readonly EventType[] = [
    'calibrationDrawn',
    'calibrationClaimed',
    'calibrationReopened',
  ];

  readonly #context: ServiceContext;
  readonly #textCache: TextCache;
  readonly #tracers: Tracers;
  /** Returns for how many blocks this attestor leaves a calibration to others. */
  readonly #turn: (what: bigint) => bigint;
  readonly #demanding: Demanding;
  readonly #bond: Bond;
  /** The rounds whose claim was refused: how often, and the height of the next attempt. */
  readonly #retry = new Map<string, { readonly failures: number; readonly at: bigint }>();
  /** The versions that are left to look at, by name. Those that have waited for longest come first. */
  readonly #left = new Map<string, ModelVersion>();
  #lookAt = 0n;
  /** How many more claims the bond covers in this sweep; undefined until that matters. */
  #room: number | undefined;
  /** The last height at which it worked. */
  #height = 0n;

  constructor(
    context: ServiceContext,
    textCache: TextCache,
    tracers: Tracers,
    demanding: Demanding,
    bond: Bond,
    turn: (what: bigint) => bigint,
  ) {
    this.#demanding = demanding;
    this.#bond = bond;
    this.#context = context;
    this.#textCache = textCache;
    this.#tracers = tracers;
    this.#turn = turn;
    for (const { key } of context.waiting) if (key.startsWith(`${KEY}/`)) this.#noteSent(key);
  }

  see(events: readonly ChainEvent[]): void {
    if (events.some(({ type }) => Calibrating.EVENTS.includes(type))) this.#lookAt = 0n;
  }

  /** Handles the outcome of a calibration. @returns whether the outcome was that of a calibration */
  learn(outcome: Outcome): boolean {
    const [kind, model = '', version = '', round = ''] = outcome.key.split('/');
    if (kind !== KEY) return false;
    this.#bond.settled(outcome.key);
    const { log } = this.#context;
    if (outcome.status === 'committed')
      log.info('calibrated', 'claimed a calibration', { model, version, round, claim: outcome.id });
    else if (outcome.fault.code === 'CALIBRATION_TAKEN')
      log.info('taken', 'another attestor was first', { model, version, round, claim: outcome.id });
    else log.fault('refused', 'a calibration was refused', outcome.fault, { model, version, round });
    // No block holds one that was dropped, so nothing speaks against sending a new one at once.
    if (outcome.status === 'failed') this.#pause(outcome.key);
    else this.#retry.delete(outcome.key);
    this.#lookAt = 0n;
    return true;
  }

  #pause(key: string): void {
    const failures = 1 + (this.#retry.get(key)?.failures ?? 0);
    this.#retry.set(key, { failures, at: this.#height + BigInt(pauseAfter(failures, RETRY_BLOCKS)) });
  }

  #noteSent(key: string): void {
    this.#bond.sent(key, 'calibrations', 1);
    if (this.#room !== undefined) this.#room -= 1;
  }

  /** Whether it has left models for the next round. */
  hasLeft(): boolean {
    return this.#left.size > 0;
  }

  /** @param until - the time from which on it begins nothing more: what it leaves comes first in the next round */
  async work(height: Height, until: number): Promise<void> {
    this.#height = height;
    if (height >= this.#lookAt) {
      this.#lookAt = height + SWEEP_BLOCKS;
      this.#room = undefined;
      await this.#sweep();
    }
    for (const [name, what] of this.#left) {
      if (performance.now() >= until) return;
      this.#left.delete(name);
      await this.#look(name, what, height);
    }
  }

  async #sweep(): Promise<void> {
    for await (const models of pages(this.#context.client, 'model_list', {}))
      for (const { id, version: versions } of models)
        for (let version = 1; version <= versions; version++)
          this.#left.set(`${id}/${version}`, { model: id, version });
  }

  async #look(name: string, what: ModelVersion, height: Height): Promise<void> {
    const { client, outbox, signal } = this.#context;
    signal.throwIfAborted();
    const { model, version } = what;
    const { status: standing, rounds } = await client.call('model_getCalibration', { id: model, version });
    // The other round of an unattributed version cannot be claimed.
    if (standing !== 'pending') {
      this.#bond.covered('calibrations', name);
      return;
    }
    const again = (at: bigint): void => {
      if (at < this.#lookAt) this.#lookAt = at;
    };
    const due: DrawnRound[] = [];
    for (const { round, status, draw } of rounds) {
      if (status !== 'drawn' || draw === null || outbox.has(keyOf({ model, version, round }))) continue;
      const turn = maxBig(
        draw.height + this.#turn(BigInt(toHex(draw.seed)) + BigInt(version)),
        this.#retry.get(keyOf({ model, version, round }))?.at ?? 0n,
      );
      if (turn > height) again(turn);
      else due.push({ round, seed: draw.seed });
    }
    if (due.length === 0) {
      this.#bond.covered('calibrations', name);
      return;
    }
    this.#room ??= await this.#bond.room('calibrations');
    const covered = due.slice(0, this.#room);
    // The other rounds wait for the next sweep: earlier claims become final no sooner.
    if (covered.length < due.length) await this.#bond.waits('calibrations', name);
    else this.#bond.covered('calibrations', name);
    if (covered.length === 0) return;
    const done = await this.#calibrate(what, covered);
    if (done !== 'sent') again(done === 'pending' ? height : height + 1n);
  }

  /**
   * Measures rounds of a version on the same data, and claims each.
   * @returns `pending` if texts are requested and none is known to be missing, `left` if it could not claim all
   */
  async #calibrate(
    { model, version }: ModelVersion,
    rounds: readonly DrawnRound[],
  ): Promise<'sent' | 'pending' | 'left'> {
    const { client, outbox, log } = this.#context;
    const { attribution: params } = await this.#tracers.params();
    const heightNow = async (): Promise<Height> => (await client.call('node_status')).height;
    const facts = async () =>
      calibrationFacts(client, { model, version }, await eligibleOf(client, model, version));
    const before = await facts();
    const data = await readCalibrationData(before, await heightNow(), params, this.#textCache, this.#tracers);
    const missing = data.type === 'missing' ? data.missing.filter((each) => !data.pending.has(each)) : [];
    if (data.type === 'missing' && missing.length === 0) return 'pending';
    for (const { round } of rounds)
      log.info('calibrating', 'calibrating a model', {
        model,
        version,
        round,
        contributions: before.order.length,
      });
    if (data.type === 'missing') {
      log.warn('left', 'a model cannot be calibrated yet: not all of its data is available', {
        model,
        version,
        withheld: missing.length,
      });
      this.#demanding.note(missing, await heightNow());
      return 'left';
    }
    const { calibrationDraws, controlTargetBps } = params;
    for (const { round, seed } of rounds) {
      const measured = measureControl(data.corpus, seed, {
        draws: calibrationDraws,
        targetBps: controlTargetBps,
      });
      // Measuring takes time, and a claim must name a recent height at which all measured data still stood.
      const asOf = await heightNow();
      if ((await facts()).standing !== before.standing) return 'left';
      const claim = claimOfMeasurement(measured, {
        model,
        version,
        round,
        asOf,
        targetBps: controlTargetBps,
      });
      const key = keyOf({ model, version, round });
      try {
        const refused = await sendOrRefusal(this.#context, key, 'modelCalibration', claim);
        if (refused !== undefined) {
          this.#pause(key);
          log.fault('refused', 'a calibration was refused', refused, { model, version, round });
        }
      } finally {
        // If no node has answered, it may be on its way.
        if (outbox.has(key)) this.#noteSent(key);
      }
    }
    return 'sent';
  }
}
