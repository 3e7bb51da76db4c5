/** The runner's questions to the application while a round is under way, and the core inputs that answer them. */
import type { Height, Round } from '../../src/lib/brands.ts';
import { type Commit, encodeBlock } from '../../src/lib/chain.ts';
import { CodedError, type Fault, unwrap } from '../../src/lib/errors.ts';
import type { Effect } from '../effects.ts';
import { fault } from '../errors.ts';
import { isTimely } from '../patience.ts';
import { checkBody } from '../verify.ts';
import type { Blocks } from './blocks.ts';
import type { LogEntry } from './entries.ts';
import type { Admitted } from './intake.ts';
import type { Application, RunnerConfig, RunnerOptions } from './ports.ts';

/** An input of the core, its log entry, and what the log of the node should tell the operator about it. */
export type Answer = {
  readonly entry: LogEntry;
  readonly admitted: Admitted;
  readonly remark: Fault | undefined;
};

/** Answers GetValue: asks the application for a block of this node. */
export const askForBlock = async (
  application: Application,
  height: Height,
  round: Round,
  lastCommit: Commit,
): Promise<Answer> => {
  const block = await application.propose(height, round, lastCommit);
  const own = unwrap(checkBody(encodeBlock(block)));
  return {
    entry: { type: 'ownBlock', round, bytes: own.bytes },
    admitted: { input: { type: 'OwnValue', round, id: own.id }, block: own },
    remark: undefined,
  };
};

/** The judges of a proposal: the application judges its block, the clock its time. */
type Judge = Pick<RunnerOptions, 'clock'> & {
  readonly application: Pick<Application, 'validate'>;
  readonly config: Pick<RunnerConfig, 'blocks'>;
};

/**
 * Answers ValidateValue: the application says whether the block is valid. Whether a fresh proposal is timely follows from
 * the clock when it arrived (docs/consensus.md#a-height). `delayMs`: how long a proposal of the round may take to arrive.
 */
export const askForValidity = async (
  { application, clock, config }: Judge,
  blocks: Blocks,
  height: Height,
  { round, id, fresh }: Extract<Effect, { type: 'ValidateValue' }>,
  delayMs: number,
): Promise<Answer> => {
  const { time } = blocks.get(id).block.header;
  const arrivedAt = blocks.arrivalOf(round) ?? clock.now();
  const bounds = { precisionMs: config.blocks.timeDriftMs, delayMs };
  const timely = !fresh || isTimely(time, arrivedAt, bounds);
  const result = await blocks.validation(id, (block) => application.validate(height, block));
  const untimely = timely
    ? undefined
    : fault('PROPOSAL_UNTIMELY', 'the time of a proposal differs too much from the clock of this node', {
        round,
        offMs: Number(time - arrivedAt),
        ...bounds,
      });
  const validation = { round, id, valid: result.ok, timely };
  return {
    entry: { type: 'validation', validation },
    admitted: { input: { type: 'ProposedValue', ...validation }, block: undefined },
    remark: result.ok
      ? untimely
      : { code: result.fault.code, message: `invalid: ${result.fault.message}`, data: { round } },
  };
};

/** Returns the fatal error of a block that more than two thirds of the power accept and this node does not: one is broken. */
export const diverged = (height: Height, why: string): CodedError =>
  new CodedError(
    fault('CONSENSUS_DIVERGED', `the block decided at height ${height} is invalid on this node: ${why}`, {
      height: height.toString(),
    }),
  );
