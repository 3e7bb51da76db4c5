/**
 * Disputes about the declaration of a contribution, and about whether its text exists at all. A contribution whose text
 * is demanded and not shown becomes void. Otherwise one missing item would forever keep every model that draws on it
 * from being calibrated and settled.
 */

import type { Root } from '../../../src/lib/brands.ts';
import { invariant, ok, unreachable } from '../../../src/lib/errors.ts';
import { taggedHash } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { uint32 } from '../../../src/lib/ssz.ts';
import { eligibleVersions } from '../../attribution/eligible.ts';
import { judgeContribution } from '../../attribution/witness/contribution.ts';
import { demandedOfContribution } from '../../attribution/witness/demand.ts';
import type { CommittedText, ContributionSubject } from '../../attribution/witness/subject.ts';
import type { Witness } from '../../attribution/witness/types.ts';
import { fail, type Result } from '../../errors/execution.ts';
import type { ContributionTarget } from '../../tx/challenge-target.ts';
import { outputOf } from '../../tx/receipt.ts';
import { numberKey, type ReadView } from '../../view.ts';
import { acceptedOf, originOf } from '../data/contributions.ts';
import type { BlockContext } from '../kit/context.ts';
import { knownVersion } from '../models/models.ts';
import { batchOf, batchStatusOf, receiptAt } from '../receipts/receipts.ts';
import { DEMAND_UNANSWERED, type DeclaredSubject, declaredSubject, fallDeclaration } from './declarations.ts';
import type { Demandable, Disputable } from './disputable.ts';

/**
 * Outputs that were receipted and paid for before the contribution was committed, of models that draw on its
 * Datanet. A commons exists from the creation of its Datanet. Other outputs cost nobody anything: a
 * challenger with a free model of its own could receipt the very output that it then uses as a witness.
 */
const outputsBefore =
  (view: ReadView, contribution: ContributionId): ContributionSubject['output'] =>
  (id, index): CommittedText | undefined => {
    const origin = originOf(view, contribution);
    const batch = batchOf(view, id);
    if (origin === undefined || batch === undefined || batch.height >= origin.height) return undefined;
    const receipt = receiptAt(view, id, batch, index);
    if (receipt === undefined || receipt.body.fee === 0n) return undefined;
    if (batchStatusOf(view, id).receipts[index]?.status === 'void') return undefined;
    const version = knownVersion(view, receipt.model, receipt.version);
    if (!eligibleVersions(version).has(origin.datanet)) return undefined;
    return outputOf(receipt.body);
  };

/** The id that replaces the transaction of a claim: DEMANDs on one contribution are counted together. */
export const contributionDemands = (contribution: ContributionId): Root =>
  taggedHash('openledger/demands/1', uint32.root(contribution));

const demandableOf = ({ contribution, root, items }: DeclaredSubject): Demandable => ({
  claims: contributionDemands(contribution),
  // What was shown once stands on the chain. It delays nothing, so that all of a large text may be asked for at one price.
  place: (_, { item }) => ({
    claims: contributionDemands(contribution),
    text: numberKey(item),
    series: undefined,
  }),
  demanded: (demand) => demandedOfContribution({ contribution, root, items }, demand),
  unanswered: { type: 'contribution', reason: DEMAND_UNANSWERED },
  hold: undefined,
  putOff: () => undefined,
  isOver: ({ type, value }) => type === 'contribution' && value.contribution === contribution,
  // What was demanded stays known, so that no chunk is demanded twice.
  hasEnded: () => false,
});

/**
 * The types of witness against a commons that was not proposed, which is that of the chain or one that a Datanet was created
 * with. It has declared nothing, so only its commitment can be wrong, or its text withheld.
 */
const AGAINST_FIRST_COMMONS: readonly Witness['type'][] = ['malformed', 'demand'];
/** The types of witness against a commons that was proposed. It also declares where its words stand. */
const AGAINST_PROPOSED_COMMONS: readonly Witness['type'][] = [...AGAINST_FIRST_COMMONS, 'copied', 'border'];

/** Faults: `CHALLENGE_KIND`, `DECLARATION_NOT_ACCEPTED`, `DECLARATION_VOID`. */
export const disputedDeclaration = (
  view: ReadView,
  block: BlockContext,
  { contribution }: ContributionTarget,
  type: Witness['type'],
): Result<Disputable> => {
  switch (type) {
    case 'malformed':
    case 'overlap':
    case 'harvest':
    case 'passage':
    case 'copied':
    case 'border':
    case 'demand':
      break;
    case 'invalid':
    case 'inert':
    case 'shared':
    case 'better':
    case 'echo':
    case 'info':
    case 'draw':
    case 'absent':
    case 'prompted':
    case 'repeated':
    case 'crowded':
    case 'bits':
    case 'section':
    case 'outdone':
    case 'excuse':
      return fail('CHALLENGE_KIND', `a contribution does not fall by a witness of type ${type}`, { type });
    default:
      return unreachable(type);
  }
  const accepted = acceptedOf(view, contribution);
  const witnesses = accepted?.acceptance === undefined ? AGAINST_FIRST_COMMONS : AGAINST_PROPOSED_COMMONS;
  if (accepted?.commons === true && !witnesses.includes(type))
    return fail('CHALLENGE_KIND', `a commons does not fall by a witness of type ${type}`, { type });
  const subject = declaredSubject(view, contribution, block.height);
  if (!subject.ok) return subject;
  const { lMin, lMax, iMin, copyMin } = block.params.attribution;
  return ok({
    judge: (witness) =>
      judgeContribution(
        {
          ...subject.value,
          parameters: { matchTokensMin: lMin, matchTokensMax: lMax, matchBitsMin: iMin, copyMin },
          table: block.info,
          output: outputsBefore(view, contribution),
        },
        witness,
      ),
    fall: (context, upheld, challenger) => {
      invariant(
        upheld.type !== 'claim' && upheld.type !== 'receipt',
        'of a contribution a declaration falls',
      );
      const fell = fallDeclaration(context, contribution, upheld, challenger);
      return fell.ok ? undefined : fell.fault;
    },
    demandable: demandableOf(subject.value),
  });
};
