/** `openledger/attribution`: the tokens of the protocol, their information, and tracing, in memory and without a chain. */
export type { Claim, Echo, Match } from '../../state/attribution/claim.ts';
export { INFO1_HASH, type InfoTable } from '../../state/attribution/info1.ts';
export { type AttributionParameters, DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
export type { RulesVersion, TextRules } from '../../state/attribution/rules.ts';
export type { Attribution } from '../../state/attribution/scores.ts';
export type { LocatedTokens, Tokens } from '../../state/attribution/tokens.ts';
export { CodedError, type Fault, type Result, unwrap } from '../lib/errors.ts';
export type { ContributionId } from '../lib/ids.ts';
export {
  decodeInfoTable,
  rulesOf,
  tokenAt,
} from './checked.ts';
export { type InfoTableSource, loadInfoTable } from './load-info-table.ts';
export { type ContributedTexts, createTextTracer, type TextTracer } from './text-tracer.ts';
export type { Trace, TraceRules } from './tracer.ts';
