/** All disputes over the claims of one case: false ones have a witness that is upheld, true ones fall by none. */
import type { Result } from '../../../src/lib/errors.ts';
import type { ClaimSubject, Upheld } from '../../../state/attribution/witness/subject.ts';
import { checkWitness, type Witness, WitnessType } from '../../../state/attribution/witness/types.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { caseOf } from './cases.ts';
import { changedClaim } from './claims.ts';
import { wronglyDrawn } from './draws.ts';
import type { Judges } from './judges.ts';
import { lieOf } from './lies.ts';
import type { Tally } from './tally.ts';
import { worldOf } from './world.ts';

const CLAIMS = 16;
const LIES = 40;
const DRAWS = 3;

/** Undefined if all went as it must, else what did not. */
export const disputeClaims = (seed: number, tally: Tally, judges: Judges): string | undefined => {
  const judged = (subject: ClaimSubject, witness: Witness): Result<Upheld> => {
    const before = performance.now();
    const verdict = judges.claim(subject, witness);
    tally.took(performance.now() - before);
    return verdict;
  };
  const random = randomFrom(seed ^ 0x5eed);
  const world = worldOf(caseOf(seed));
  const { honest } = world;
  const name = world.given.draw === undefined ? 'settlement' : 'calibration';
  if (!world.isTaken(honest)) return 'the chain refuses the honest claim';
  if (!world.isTrue(honest)) return 'the honest claim is not true';
  const trueClaims = [honest];
  for (let i = 0; i < CLAIMS; i++) {
    const claim = changedClaim(world, random);
    if (claim === undefined) continue;
    const isTrue = world.isTrue(claim);
    const witness = world.refute(claim);
    if (isTrue !== (witness === undefined))
      return `${isTrue ? 'a true' : 'a false'} claim ${witness === undefined ? 'holds' : 'is refuted'}: ${JSON.stringify(claim)}`;
    if (witness === undefined) {
      trueClaims.push(claim);
      continue;
    }
    const encoded = WitnessType.encode(witness);
    const decoded = WitnessType.decode(encoded);
    if (!decoded.ok || checkWitness(decoded.value) !== undefined)
      return `a witness of ${encoded.length} bytes`;
    const verdict = judged(world.subject(claim), decoded.value);
    if (!verdict.ok)
      return `refused, ${verdict.fault.code} (${verdict.fault.message}): ${JSON.stringify(claim)}`;
    tally.upheld(`${name} ${verdict.value.reason}`, encoded.length);
    tally.keep('claim', witness);
  }
  for (let i = 0; i < DRAWS; i++) {
    const wrong = wronglyDrawn(world, random);
    if (wrong === undefined) break;
    const verdict = judged(wrong.subject, wrong.witness);
    if (!verdict.ok)
      return `a wrong draw stands, ${verdict.fault.code}: ${JSON.stringify(wrong.subject.calibration)}`;
    tally.upheld(`${name} ${verdict.value.reason}`, WitnessType.encode(wrong.witness).length);
    tally.keep('claim', wrong.witness);
  }
  const subjects = trueClaims.map(world.subject);
  for (let i = 0; i < LIES; i++) {
    const at = random(trueClaims.length);
    const claim = trueClaims[at] ?? honest;
    const lie = lieOf(world, claim, tally.kept('claim'), random);
    const subject = subjects[at];
    if (lie === undefined || subject === undefined) continue;
    const verdict = judged(subject, lie);
    if (verdict.ok)
      return `a true claim falls by ${lie.type}, ${verdict.value.reason}: ${JSON.stringify(claim)}`;
    tally.refuted(`${name} ${verdict.fault.code}`);
  }
  return undefined;
};
