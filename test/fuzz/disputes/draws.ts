/** Draws of a calibration that are claimed to be of another token, or of an item of another shape. */
import type { CalibrationDraw, ClaimSubject } from '../../../state/attribution/witness/subject.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import type { World } from './world.ts';

const nudge = (random: Random, value: number): number => Math.max(1, value + pick(random, [1, -1, 64, -5]));

/** Undefined if the case is of no draw. */
export const wronglyDrawn = (
  world: World,
  random: Random,
): { readonly subject: ClaimSubject; readonly witness: Witness } | undefined => {
  const subject = world.subject(world.honest);
  const right = subject.calibration;
  const contribution = world.contributions.find(({ contribution }) => contribution === right?.contribution);
  if (right === undefined || contribution === undefined || subject.output.type !== 'stretch')
    return undefined;
  const { rank, item, position, tokens, promptTokens } = right;
  const wrong: CalibrationDraw = pick(random, [
    { ...right, position: nudge(random, position) },
    { ...right, item: item === 0 ? 1 : item - 1 },
    { ...right, tokens: nudge(random, tokens) },
    { ...right, promptTokens: nudge(random, promptTokens) },
    { ...right, rank: rank === 0 ? 1 : rank - 1 },
  ]);
  const isWrong = (['rank', 'item', 'position', 'tokens', 'promptTokens'] as const).some(
    (field) => wrong[field] !== right[field],
  );
  const { passages } = contribution.passages;
  const drawn = passages.findIndex(
    ({ type, before, start, end }) =>
      type === 'data' && before <= wrong.rank && wrong.rank < before + end - start,
  );
  const head = contribution.item(Math.min(wrong.item, contribution.items.length - 1)).openChunks(0, 0);
  if (!isWrong || drawn < 0 || head.type !== 'item') return undefined;
  return {
    subject: { ...subject, calibration: wrong },
    witness: { type: 'draw', value: { passages: contribution.passages.open(drawn, 1), item: head.value } },
  };
};
