/** What the texts say, as parts of the page. */
import { printableLine } from '../../lib/printable.ts';
import { datanetText } from './datanet-facts.ts';
import type { Contributor, Explanation, OwnedSpan } from './explanation.ts';
import { bits, percentOf, tokenRange } from './figures.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import type { Source } from './parts.ts';
import { askedPhrasesSentence } from './phrase-words.ts';
import {
  alsoSentences,
  askedSentence,
  barsOf,
  isPaid,
  partSentence,
  uncreditedSentence,
  whoText,
} from './reasons.ts';
import { placeText } from './screen.ts';
import { bringerPlace, SHARED_INTRODUCTION, sharedClause, sharedLabel } from './shared-words.ts';
import {
  labelOf,
  morePartsSentence,
  moreRunsSentence,
  nothingFoundSentence,
  notSearchedSentence,
  PHRASES_PAID_TOO,
  searchSentence,
} from './words.ts';

/** The mark of a run in the answer, which leads to what is said of it. */
export const markOf = (uncredited: number): Markup =>
  html`<sup><a href="#u${uncredited}">${labelOf(uncredited)}</a></sup>`;

/** A text with what stands around it, as far as it is available. */
export const excerptMarkup = (
  at: Pick<Source, 'item' | 'pos' | 'start' | 'end'>,
  found: Source['excerpt'],
): Markup => {
  const place = placeText(at);
  if (!found.available) return html`<p class="small soft">${place}: ${printableLine(found.reason)}</p>`;
  const mark =
    found.same === undefined
      ? html`<span class="soft">not compared, because the answer is not available</span>`
      : found.same
        ? html`<span class="good">✓ the same words</span>`
        : html`<span class="wrong">the words differ: this claim is false</span>`;
  return html`<p class="small soft">${place} · ${mark}</p>
<blockquote dir="auto">${found.cutBefore ? '… ' : ''}${found.before}<u>${found.matchedBefore}</u><mark>${found.text}</mark><u>${found.matchedAfter}</u>${found.after}${found.cutAfter ? ' …' : ''}</blockquote>`;
};

/** Who else holds words of a span. */
export const alsoMarkup = ({ also, start, end }: OwnedSpan, { contribution, owner }: Contributor): Markup => {
  if (also === undefined || also.count === 0) return NOTHING;
  const sentences = alsoSentences(also, { start, end, owner: contribution, isCommons: owner === null });
  return html`${sentences.map((text) => html`<p class="small soft">${text}</p>`)}`;
};

/** The words that several brought independently. */
export const sharedSection = ({ shared, coverage }: Explanation): Markup =>
  shared.length === 0
    ? NOTHING
    : html`<h2>Brought by several</h2><p class="small soft">${SHARED_INTRODUCTION}</p>
${shared.map(
  (words, i) => html`<div class="src" id="n${i}"><p><b>${sharedLabel(i)}</b> ${sharedClause(words)}.</p>
<p class="small soft">${tokenRange(words.start, words.end)} of the answer, ${bits(words.score)}${coverage === undefined ? '' : `, ${percentOf(words.score, coverage.total)}`}</p>${[
    words.first,
    words.second,
  ].map(
    (bringer) =>
      html`<p class="small soft">${bringerPlace(bringer)}</p>${bringer.sources.map((source) => excerptMarkup(source, source.excerpt))}`,
  )}</div>`,
)}`;

export const tracingSection = ({ tracing, phrases }: Explanation): Markup => {
  if (tracing === undefined) return NOTHING;
  const title = html`<h2>In the data, but not owned</h2>`;
  if (!tracing.available) return html`${title}<p class="small soft">${notSearchedSentence(tracing)}</p>`;
  const { uncredited, more } = tracing;
  const nothingFound = nothingFoundSentence(tracing);
  return html`${title}<p class="small soft">${searchSentence(tracing)}${phrases === undefined ? '' : ` ${PHRASES_PAID_TOO}`}</p>
${nothingFound === undefined ? NOTHING : html`<p class="small">${nothingFound}</p>`}
${uncredited.map(
  (
    each,
    i,
  ) => html`<div class="src" id="u${i}"><p><b>${labelOf(i)}</b> ${uncreditedSentence(each, tracing)}</p>
<p class="small soft">${tokenRange(each.start, each.end)} of the answer, ${bits(each.score)} · ${datanetText(each.holder.datanet)}</p>${excerptMarkup(each.holder, each.excerpt)}</div>`,
)}
${more > 0 ? html`<p class="small soft">${moreRunsSentence(more)}</p>` : NOTHING}`;
};

export const askedSection = (explanation: Explanation): Markup => {
  const { asked, status, coverage, output, money } = explanation;
  if (asked === undefined) return NOTHING;
  const phrases = askedPhrasesSentence(asked);
  const { noveltyBps } = money;
  const bars = barsOf(explanation);
  const reason = output.available ? '' : printableLine(output.reason);
  return html`<div class="asked"><h3>Why contribution ${asked.contribution} ${isPaid(asked) ? 'is' : 'is not'} paid</h3>
<p>${askedSentence(asked, bars, { status, isSettled: coverage !== undefined, reason, noveltyBps })}</p>
${phrases === undefined ? NOTHING : html`<p>${phrases}</p>`}
<p class="small soft">${whoText(asked)}${asked.owner === null ? '' : html` (<code>${asked.owner}</code>)`} · ${datanetText(asked.datanet)}</p>
${asked.parts.map(
  (part) =>
    html`<div class="src"><p class="small">${tokenRange(part.start, part.end)} of the answer: ${partSentence(part, bars)}</p>${excerptMarkup(part, part.excerpt)}</div>`,
)}
${asked.more > 0 ? html`<p class="small soft">${morePartsSentence(asked.more)}</p>` : NOTHING}</div>`;
};
