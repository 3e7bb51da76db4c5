/** What a case answers: outputs made of pieces of the corpus, and prompts that they echo. */
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { pick, type Random, times } from '../../../tools/lib/random.ts';
import type { Words, Writer } from './texts.ts';

const cut = (random: Random, text: Words, most: number): Words => {
  const start = random(2) === 0 ? 0 : random(text.length + 1);
  return text.slice(start, start + 1 + (most >> 2) + random(most));
};

/** Pieces of the corpus, stitched across every border, with words changed here and there. */
export const grownOutput = (
  random: Random,
  writer: Writer,
  sources: readonly Words[],
  size: number,
): Words => {
  const noise = (): Words => times(random(4), writer.letter);
  const source = (): Words => (sources.length === 0 ? [] : pick(random, sources));
  const piece = (): Words => {
    switch (random(6)) {
      // The end of one and the start of another, as if no border were between them.
      case 0: {
        const [left, right] = [source(), source()];
        return [...left.slice(-1 - random(size)), ...right.slice(0, 1 + random(size))];
      }
      case 1: {
        const every = 2 + random(30);
        return cut(random, source(), size).map((word, i) =>
          i % every === every - 1 ? writer.letter() : word,
        );
      }
      case 2:
        return source();
      default:
        return cut(random, source(), size);
    }
  };
  return times(random(12) === 0 ? 0 : 1 + random(5), () => [...noise(), ...piece()]).flat();
};

/** A prompt that the output echoes, or that tries to deny a rival by quoting some of it. */
export const grownPrompt = (
  random: Random,
  writer: Writer,
  output: Words,
  rules: TraceRules,
  size: number,
): Words => {
  switch (random(7)) {
    case 0:
    case 1:
      return [];
    // All but the ends: what bears Imin outside of it is long.
    case 6:
      return output.slice(1 + random(16), -1 - random(16));
    case 2: {
      // A run as long as promptMin, or one less, every so often.
      const run = Math.max(1, rules.promptMin - random(2));
      const every = run + random(20);
      const out: string[] = [];
      for (let at = random(every); at < output.length; at += every)
        out.push(...output.slice(at, at + run), writer.letter());
      return out;
    }
    case 3:
      return cut(random, output, size);
    default:
      return [...writer.text(random(size)), ...cut(random, output, size), writer.letter()];
  }
};
