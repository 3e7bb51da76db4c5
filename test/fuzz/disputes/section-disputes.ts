/**
 * All disputes over the sections of one case: false ones fall to a witness, or to a chunk for which there are no true excuses; a
 * false excuse falls; true sections fall by nothing, and every chunk that is shown against them can be excused.
 */
import {
  excusesFor,
  refuteExcuses,
  refuteSections,
} from '../../../src/attribution/prover/sections-prover.ts';
import { witnessOfExcuse, witnessOfSections } from '../../../src/attribution/prover/sections-witness.ts';
import { type Result, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { checkExcuses, type Excuse, type Excused, type Outdone } from '../../../state/attribution/excuses.ts';
import type { PickedChunk, Section } from '../../../state/attribution/relevance.ts';
import type { ClaimSubject, Upheld } from '../../../state/attribution/witness/subject.ts';
import {
  checkWitness,
  type OutdoneWitness,
  type Witness,
  WitnessType,
} from '../../../state/attribution/witness/types.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { worldOf } from '../../unit/attribution/relevance/worlds.ts';
import type { Judges } from './judges.ts';
import { changedSections, phrasesIn, randomChunk } from './sections-changes.ts';
import { sectionLie } from './sections-lies.ts';
import { challengeName, type SectionsWorld, sectionsWorldOf } from './sections-world.ts';
import type { Tally } from './tally.ts';

const CLAIMS = 8;
const LIES = 16;
const SHOWN = 4;

const CHALLENGE = sha256(Uint8Array.of(7));

/** What is held against a claim, and how the judge took it. */
type Court = {
  readonly world: SectionsWorld;
  readonly judged: (subject: ClaimSubject, witness: Witness) => Result<Upheld>;
  readonly shown: (subject: ClaimSubject, witness: OutdoneWitness) => Result<Outdone>;
  readonly tally: Tally;
  readonly random: Random;
};

/** Returns the witness as the chain gets it. */
const sent = (witness: Witness): Witness => {
  const decoded = unwrap(WitnessType.decode(WitnessType.encode(witness)));
  const wrong = checkWitness(decoded);
  if (wrong !== undefined) throw new RangeError(wrong.message);
  return decoded;
};

/** Returns excuses of which some are false, and that the chain takes; undefined if none were found. */
const falseExcuses = (
  { world, random }: Court,
  outdone: Outdone,
  promptTokens: number,
): readonly Excuse[] | undefined => {
  for (let tries = 0; tries < 8; tries++) {
    const excuses = outdone.phrases.map((_, phrase): Excuse => {
      if (random(3) === 0)
        return { phrase, reason: { type: 'prompt', value: { place: random(world.prompt.length) } } };
      const places = times(3, () => randomChunk(world, random))
        .filter((each) => each !== undefined)
        .sort((a, b) => a.contribution - b.contribution || a.item - b.item || a.chunk - b.chunk)
        .map((each) => ({ ...each, place: random(64) }));
      return { phrase, reason: { type: 'holders', value: { places } } };
    });
    if (checkExcuses(outdone, excuses, promptTokens).ok) return excuses;
  }
  return undefined;
};

/** Undefined if a chunk against false sections brings them down, whatever the attestor answers. */
const outdoneFalls = (
  court: Court,
  sections: readonly Section[],
  witness: OutdoneWitness,
): string | undefined => {
  const { world, tally } = court;
  const { truth, openers } = world;
  const outdone = court.shown(world.subject(sections), witness);
  if (!outdone.ok) return `an outdone is refused, ${outdone.fault.code} (${outdone.fault.message})`;
  tally.upheld('sections OUTDONE', WitnessType.encode({ type: 'outdone', value: witness }).length);
  const { promptTokens } = openers;
  if (checkExcuses(outdone.value, excusesFor(outdone.value, truth), promptTokens).ok)
    return 'a false claim has true excuses';
  const excuses = falseExcuses(court, outdone.value, promptTokens);
  if (excuses === undefined) return undefined;
  const excused: Excused = { outdone: outdone.value, excuses };
  const { finding } = refuteExcuses(excused, truth);
  if (finding === undefined) return `no excuse is found to be false: ${JSON.stringify(excuses)}`;
  const against = sent(witnessOfExcuse(finding, CHALLENGE, excused, openers));
  const answered = new Map([[challengeName(CHALLENGE), excused]]);
  const verdict = court.judged(world.subject(sections, answered), against);
  if (!verdict.ok) return `a false excuse stands, ${verdict.fault.code} (${verdict.fault.message})`;
  tally.upheld(`sections ${verdict.value.reason}`, WitnessType.encode(against).length);
  tally.keep('claim', against);
  return undefined;
};

const falls = (court: Court, sections: readonly Section[]): string | undefined => {
  const { world, tally, judged } = court;
  const isTrue = world.isTrue(sections);
  const { finding } = refuteSections(sections, world.truth);
  if (isTrue !== (finding === undefined))
    return `${isTrue ? 'true' : 'false'} sections ${finding === undefined ? 'hold' : `fall by ${finding.type}`}`;
  if (finding === undefined) return stands(court, sections);
  const witness = sent(witnessOfSections(finding, sections, world.openers));
  if (witness.type === 'outdone') return outdoneFalls(court, sections, witness.value);
  const verdict = judged(world.subject(sections), witness);
  if (!verdict.ok) return `refused, ${verdict.fault.code} (${verdict.fault.message})`;
  tally.upheld(`sections ${verdict.value.reason}`, WitnessType.encode(witness).length);
  tally.keep('claim', witness);
  return undefined;
};

/** Shows a chunk against true sections, with phrases that it has, whoever bears them. */
const showChunk = (court: Court, sections: readonly Section[]): string | undefined => {
  const { world, random, tally } = court;
  const chunk = randomChunk(world, random);
  const section = random(sections.length);
  const claimed = sections[section]?.picks ?? [];
  const step = random(claimed.length + 1);
  if (chunk === undefined) return undefined;
  const taken = new Set(
    random(6) === 0 ? [] : claimed.slice(0, step).flatMap(({ phrases }) => phrases.map(({ at }) => at)),
  );
  const held = phrasesIn(world, chunk, section).filter((each) => !taken.has(each.at));
  const phrases = random(3) === 0 ? held.filter(() => random(4) > 0) : held;
  if (phrases.length === 0) return undefined;
  const picked: PickedChunk = { ...chunk, phrases };
  const witness = sent(
    witnessOfSections({ type: 'outdone', section, step, picked }, sections, world.openers),
  );
  if (witness.type !== 'outdone') return 'a chunk makes another witness';
  const outdone = court.shown(world.subject(sections), witness.value);
  if (!outdone.ok) {
    tally.refuted(`sections ${outdone.fault.code}`);
    return undefined;
  }
  const excuses = excusesFor(outdone.value, world.truth);
  const checked = checkExcuses(outdone.value, excuses, world.openers.promptTokens);
  if (!checked.ok) return `a true claim has no excuses: ${checked.fault.code} (${checked.fault.message})`;
  tally.refuted('sections excused');
  return lieAbout(court, sections, { outdone: outdone.value, excuses });
};

/** Undefined if true excuses stand, whichever of their places is shown. */
const lieAbout = (court: Court, sections: readonly Section[], excused: Excused): string | undefined => {
  const { world, random, judged, tally } = court;
  const excuse = random(excused.excuses.length);
  const { finding } = refuteExcuses(excused, world.truth);
  if (finding !== undefined) return 'a true excuse is found to be false';
  const reason = excused.excuses[excuse]?.reason;
  if (reason === undefined) return undefined;
  const holder = reason.type === 'prompt' ? 0 : random(3);
  const lie = { type: 'excuse', excuse, holder, at: random(4) } as const;
  const witness = sent(witnessOfExcuse(lie, CHALLENGE, excused, world.openers));
  const answered = new Map([[challengeName(CHALLENGE), excused]]);
  const verdict = judged(world.subject(sections, answered), witness);
  if (verdict.ok) return `a true excuse falls by ${verdict.value.reason}`;
  tally.refuted(`sections ${verdict.fault.code}`);
  return undefined;
};

/** Undefined if true sections stand, whatever is held against them. */
const stands = (court: Court, sections: readonly Section[]): string | undefined => {
  const { world, random, judged, tally } = court;
  const subject = world.subject(sections);
  for (let i = 0; i < LIES; i++) {
    const lie = sectionLie(world, sections, tally.kept('claim'), random);
    if (lie === undefined) continue;
    const verdict = judged(subject, sent(lie));
    if (verdict.ok) return `true sections fall by ${lie.type}, ${verdict.value.reason}`;
    tally.refuted(`sections ${verdict.fault.code}`);
  }
  for (let i = 0; i < SHOWN; i++) {
    const wrong = showChunk(court, sections);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

/** Undefined if all went as it must, else what did not. */
export const disputeSections = (seed: number, tally: Tally, judges: Judges): string | undefined => {
  const random = randomFrom(seed ^ 0x5ec7);
  const world = sectionsWorldOf(worldOf(seed, pick(random, [40, 60, 60, 90, 250])));
  const timed = <T>(judge: () => T): T => {
    const before = performance.now();
    const verdict = judge();
    tally.took(performance.now() - before);
    return verdict;
  };
  const court: Court = {
    world,
    judged: (subject, witness) => timed(() => judges.claim(subject, witness)),
    shown: (subject, witness) => timed(() => judges.outdone(subject, witness)),
    tally,
    random,
  };
  if (world.honest.length === 0) return undefined;
  if (!world.isTaken(world.honest)) return 'the chain refuses the honest sections';
  if (!world.isTrue(world.honest)) return 'the honest sections are not true';
  const wrong = stands(court, world.honest);
  if (wrong !== undefined) return wrong;
  for (let i = 0; i < CLAIMS; i++) {
    const sections = changedSections(world, random);
    const failed = sections === undefined ? undefined : falls(court, sections);
    if (failed !== undefined) return `${failed}: ${JSON.stringify(sections)}`;
  }
  return undefined;
};
