/** The phrases that an answer shares with the data, as a part of the page. */
import { printableLine } from '../../lib/printable.ts';
import { licensedText } from './datanet-facts.ts';
import type { Explanation } from './explanation.ts';
import { amount, count } from './figures.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { ownLabel } from './own-side.ts';
import { COLOURS } from './page-style.ts';
import {
  addsText,
  chunkPlace,
  isSameText,
  NO_PICKS,
  PHRASES_INTRODUCTION,
  percentOfShare,
  phrasePaid,
  pickLabel,
  sectionSentence,
  sharerText,
  unfoundSentence,
} from './phrase-words.ts';
import type { ChunkPick, PhraseSection, SharedPhrases, Sharer } from './shared-phrases.ts';

const colourOf = (place: number): string => `c${(place % COLOURS) + 1}`;

const sectionMarkup = (section: PhraseSection): Markup => {
  const { pieces } = section;
  if (pieces === undefined) return NOTHING;
  return html`<div class="text" dir="auto">${pieces.map(({ text, pick }) =>
    pick === undefined
      ? html`${text}`
      : html`<a class="${colourOf(pick)}" href="#p${pick}">${text}<sup>${pickLabel(pick).slice(1, -1)}</sup></a>`,
  )}</div><p class="small soft">${sectionSentence(section)}</p>`;
};

const chunkMarkup = (pick: ChunkPick): Markup => {
  const { text } = pick;
  if (!text.available)
    return html`<p class="small soft">${chunkPlace(pick)}: ${printableLine(text.reason)}</p>`;
  const same = isSameText(pick);
  const mark =
    same === undefined
      ? html`<span class="soft">not compared, because the answer is not available</span>`
      : same
        ? html`<span class="good">✓ the same phrases</span>`
        : html`<span class="wrong">phrases differ: this claim is false</span>`;
  return html`<p class="small soft">${chunkPlace(pick)} · ${mark}</p>
<blockquote dir="auto">${text.cutBefore ? '… ' : ''}${text.pieces.map(({ text: words, isShared }) =>
    isShared ? html`<mark>${words}</mark>` : html`${words}`,
  )}${text.cutAfter ? ' …' : ''}</blockquote>`;
};

const pickCard = (pick: ChunkPick, place: number, { basis }: SharedPhrases): Markup => {
  const { datanet, owner } = pick;
  const own = ownLabel(pick);
  return html`<section class="who ${colourOf(place)}" id="p${place}">
<div class="whohead"><span class="chip">${pickLabel(place).slice(1, -1)}</span><h3>${sharerText(pick)}</h3><span class="pay" title="${`${pick.amount} base units`}">${phrasePaid(pick, basis)}</span></div>
<p class="small">${addsText(pick)}${owner === null ? '' : html` · <code>${owner}</code>`}</p>
${datanet === undefined ? NOTHING : html`<p class="small soft">${licensedText(datanet)}</p>`}
${own === undefined ? NOTHING : html`<p class="small own">${own}</p>`}
<div class="src">${chunkMarkup(pick)}</div>
</section>`;
};

const sharerRow = (sharer: Sharer, { basis }: SharedPhrases): Markup => {
  const { picks, phrases, share, totals } = sharer;
  const all =
    totals === undefined ? '' : `in all earned ${amount(totals.earned)}, claimed ${amount(totals.claimed)}`;
  return html`<tr><th scope="row">${sharerText(sharer)}</th><td>${count(phrases, 'phrase')} of ${count(picks.length, 'chunk')}</td><td class="num">${percentOfShare(share)} of D</td><td class="num" title="${`${sharer.amount} base units`}">${phrasePaid(sharer, basis)}</td><td class="soft small">${all}</td></tr>`;
};

export const phraseSection = ({ phrases, money }: Explanation): Markup => {
  if (phrases === undefined) return NOTHING;
  const { sections, picks, sharers } = phrases;
  const unfound = unfoundSentence(phrases, money);
  const marks = sections.filter(({ picks: [first, end] }) => end > first);
  const end = unfound === undefined ? NOTHING : html`<p class="small">${unfound}</p>`;
  const start = html`<h2>Whose phrases</h2><p class="small soft">${PHRASES_INTRODUCTION}</p>`;
  if (picks.length === 0) return html`${start}<p class="small">${NO_PICKS}</p>${end}`;
  return html`${start}
<div class="pair"><div class="stick">${marks.map(sectionMarkup)}</div>
<div>${picks.map((pick, place) => pickCard(pick, place, phrases))}</div></div>
<table>${sharers.map((each) => sharerRow(each, phrases))}</table>
${end}`;
};
