/**
 * An explanation as one page that needs nothing else: no script, no file, no address is fetched, and its own policy
 * forbids it to. Texts of others are escaped by the one template that everything goes through.
 */

import { printableLine } from '../../lib/printable.ts';
import { licensedText } from './datanet-facts.ts';
import type { Contributor, Explanation } from './explanation.ts';
import { amount, bits, count, percentOf, percentOfBps, tokenRange } from './figures.ts';
import { phraseSection } from './html-phrases.ts';
import {
  alsoMarkup,
  askedSection,
  excerptMarkup,
  markOf,
  sharedSection,
  tracingSection,
} from './html-tracing.ts';
import { html, type Markup, NOTHING, raw } from './markup.ts';
import { ownLabel, ownSentences } from './own-side.ts';
import { COLOURS, PAGE_STYLE } from './page-style.ts';
import { paidForSentences, remainderText } from './paid-for.ts';
import type { Payment } from './parts.ts';
import { SHARED_NOTE, sharedLabel } from './shared-words.ts';
import {
  basisLabel,
  calibrationSentences,
  ECHO_LABEL,
  epochSentence,
  HELD_LABEL,
  isNeverSettled,
  SHARED_LABEL,
  slicesOf,
  statusLabel,
  statusSentence,
  verdict,
  weightAmount,
} from './words.ts';

const colourOf = ({ owner, number }: Contributor): string =>
  owner === null ? 'c0' : `c${((number - 1) % COLOURS) + 1}`;

/** The amount, with its base units for whoever points at it. */
const money = (value: bigint): Markup => html`<span title="${`${value} base units`}">${amount(value)}</span>`;

const paidText = (payment: Payment | undefined): Markup =>
  payment === undefined
    ? html`<span class="pay soft">nobody is paid</span>`
    : html`<span class="pay">${payment.basis === 'exact' ? '' : '≈ '}${money(payment.amount)} <span class="soft small">${basisLabel(payment.basis)}</span></span>`;

// ------------------------------------------------------------------------------------------------------------ answer

const bar = ({ coverage, contributors, tracing }: Explanation): Markup => {
  if (coverage === undefined) return NOTHING;
  const slices = slicesOf(coverage, contributors, tracing).filter(({ q8 }) => q8 > 0);
  const fillOf = (label: string, contributor: number | undefined): string => {
    const owner = contributor === undefined ? undefined : contributors[contributor];
    return owner !== undefined
      ? `fill ${colourOf(owner)}`
      : label === ECHO_LABEL
        ? 'echo-fill'
        : label === HELD_LABEL
          ? 'held-fill'
          : label === SHARED_LABEL
            ? 'shared-fill'
            : 'rest-fill';
  };
  return html`<div class="bar" role="img" aria-label="what the answer’s information is made of">${slices.map(
    ({ label, q8, contributor }) =>
      html`<span class="${fillOf(label, contributor)}" style="width:${(100 * q8) / coverage.total}%" title="${`${label}: ${percentOf(q8, coverage.total)}`}"></span>`,
  )}</div>
<ul class="legend">${slices.map(
    ({ label, q8, contributor }) =>
      html`<li><span class="swatch ${fillOf(label, contributor)}"></span>${contributor === undefined ? '' : `${contributors[contributor]?.number ?? ''} · `}${label} <b>${percentOf(q8, coverage.total)}</b></li>`,
  )}<li>${bits(coverage.total)} in all</li></ul>`;
};

const answer = ({ output, spans, contributors }: Explanation): Markup => {
  if (!output.available) return html`<p class="text soft">Not available: ${output.reason}.</p>`;
  const pieces = output.pieces.map((piece) => {
    switch (piece.type) {
      case 'plain':
        return html`${piece.text}`;
      case 'echo':
        return html`<span class="echo" title="echo of the prompt: earns nothing">${piece.text}</span>${piece.uncredited === undefined ? NOTHING : markOf(piece.uncredited)}`;
      case 'shared':
        return html`<a class="shared" href="#n${piece.shared}">${piece.text}<sup>${sharedLabel(piece.shared)}</sup></a>${piece.uncredited === undefined ? NOTHING : markOf(piece.uncredited)}`;
      case 'uncredited':
        return html`<span class="uncredited">${piece.text}</span>${markOf(piece.uncredited)}`;
      case 'span': {
        const contributor = contributors[spans[piece.span]?.contributor ?? 0];
        if (contributor === undefined) return html`${piece.text}`;
        return html`<a id="o${piece.span}" href="#s${piece.span}" class="${colourOf(contributor)}">${piece.text}<sup>${contributor.number}</sup></a>`;
      }
      default:
        return piece satisfies never;
    }
  });
  return html`<div class="text" dir="auto">${pieces}</div>`;
};

// ----------------------------------------------------------------------------------------------------------- sources

const card = (explanation: Explanation, contributor: Contributor, index: number): Markup => {
  const { owner, contribution, score, datanet, committedAt, totals } = contributor;
  const payment = explanation.money.payments.find((each) => each.contributor === index);
  const own = ownLabel(contributor);
  const spans = explanation.spans.flatMap((span, i) => (span.contributor === index ? [{ span, i }] : []));
  return html`<section class="who ${colourOf(contributor)}">
<div class="whohead"><span class="chip">${contributor.number}</span><h3>${owner === null ? `commons ${contribution}` : `contribution ${contribution}`}</h3>${paidText(payment)}</div>
<p class="small">${percentOf(score, explanation.coverage?.total ?? 0)} of the answer, ${bits(score)}${payment === undefined ? '' : html`, weighs ${money(weightAmount(payment))} of D`}${owner === null ? ' · belongs to nobody' : html` · by ${contributor.name === null ? '' : html`<b>${printableLine(contributor.name)}</b> `}<code>${owner}</code>`}</p>
<p class="small soft">${datanet === undefined ? '' : html`${licensedText(datanet)}`}${committedAt === undefined ? '' : ` · in line since block ${committedAt}`}</p>
${own === undefined ? NOTHING : html`<p class="small own">${own}</p>`}
${
  totals === undefined
    ? NOTHING
    : html`<p class="small soft">by all receipts: earned ${money(totals.earned)}, claimed ${money(totals.claimed)}, claimable ${money(totals.earned - totals.claimed)}</p>`
}
${spans.map(
  ({ span, i }) =>
    html`<div class="src ${colourOf(contributor)}" id="s${i}"><p class="small"><a href="#o${i}">${tokenRange(span.start, span.end)} of the answer</a>, ${bits(span.score)}, in</p>${span.sources.map((source) => excerptMarkup(source, source.excerpt))}${alsoMarkup(span, contributor)}</div>`,
)}
</section>`;
};

// ------------------------------------------------------------------------------------------------------------- money

const moneySection = ({ money: facts, phrases, status }: Explanation): Markup => {
  const { split, pool, spanBps, noveltyBps, epoch, payments } = facts;
  const row = (name: string, value: bigint, note: string, sum = false): Markup =>
    html`<tr${sum ? raw(' class="sum"') : NOTHING}><th scope="row">${name}</th><td class="num">${money(value)}</td><td class="soft small">${note}</td></tr>`;
  return html`<table>
${row('Compute', facts.compute, 'the provider’s own price, all of it the provider’s')}
${row('Model fee F', facts.fee, '')}
${row('burned', split.burned, '')}
${row('treasury', split.treasury, '')}
${row('attestor', split.attestor, '')}
${row('model', split.model, 'its owner, its trainers and compute, its ancestors')}
${row('stakers', split.stakers, '')}
${row('data D', split.data, 'what is left of F', true)}
${facts.shared > 0n ? row('of D, to the treasury', facts.shared, SHARED_NOTE) : NOTHING}
${
  pool === undefined
    ? NOTHING
    : html`${row('σ·D·a', pool.raw, `what coverage alone would put into the span pool; σ = ${percentOfBps(spanBps)}`)}
${row('− σ·D·κ', pool.control, 'what calibration takes off')}
${row('= σ·D·(a − κ)', pool.net, 'what this receipt adds to the pool of its epoch', true)}`
}
${
  phrases === undefined
    ? NOTHING
    : html`${row('for phrases', phrases.pool - phrases.unfound, `to the chunks that share most with the answer${phrases.basis === 'exact' ? '' : ' (estimate)'}`)}
${row('no chunk found', phrases.unfound, `to ${remainderText(noveltyBps)}${phrases.basis === 'exact' ? '' : ' (estimate)'}`)}`
}
${isNeverSettled(status) ? row('D goes', split.data, `to ${remainderText(noveltyBps)}`) : NOTHING}
</table>
${payments.length === 0 && epoch.type !== 'closed' ? NOTHING : html`<p class="small soft">${epochSentence(epoch, payments)}</p>`}`;
};

const ownSection = (explanation: Explanation): Markup =>
  explanation.own === undefined
    ? NOTHING
    : html`<h2>The owner of the model</h2>${ownSentences(explanation).map((text) => html`<p class="own">${text}</p>`)}`;

const chainSection = ({ chain, receipt, names }: Explanation): Markup => html`<ol class="chain">
${chain.map(
  ({ what, height, refs }) =>
    html`<li${BigInt(height ?? 0) > BigInt(receipt.asOf.height) ? raw(' class="later"') : NOTHING}><b>block ${height ?? '?'}</b> · ${what}<dl>${refs.map(
      ([name, value]) =>
        html`<dt>${name}</dt><dd class="mono">${value}${Object.hasOwn(names, value) ? ` ${printableLine(names[value] ?? '')}` : ''}</dd>`,
    )}</dl></li>`,
)}
</ol>
<p class="small soft">As of block ${receipt.asOf.height}, state root <code>${receipt.asOf.stateRoot}</code>. Texts were held against their roots.</p>`;

export const renderHtml = (explanation: Explanation): string => {
  const { receipt, status, coverage, contributors, gaps, calibration } = explanation;
  const page = html`${raw('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<title>Who earned from receipt ${receipt.id.slice(0, 10)}…/${receipt.id.split('/')[1] ?? ''}</title>
<style>${raw(PAGE_STYLE)}</style></head><body><main>
<div class="top"><span class="brand">openledger</span><span>${printableLine(receipt.model.name)}, model ${receipt.model.id}</span><span>${count(receipt.tokensOut, 'token')} out, ${receipt.tokensIn} in</span><span class="badge ${status.type}">${statusLabel(status)}</span></div>
<h1>${verdict(explanation)}</h1>
${coverage === undefined ? NOTHING : html`<p class="soft">${statusSentence(status, explanation.money.noveltyBps)}</p>`}
<p class="small soft mono">receipt ${receipt.id}</p>
${askedSection(explanation)}
${bar(explanation)}
${
  gaps.length === 0
    ? NOTHING
    : html`<div class="gaps">${gaps.map((gap) => html`<p class="small">${gap}</p>`)}</div>`
}
${
  contributors.length === 0
    ? html`<h2>The answer</h2>${answer(explanation)}`
    : html`<div class="pair"><div class="stick"><h2>The answer</h2>${answer(explanation)}</div>
<div><h2>Whose words</h2>${contributors.map((each, i) => card(explanation, each, i))}</div></div>`
}
${phraseSection(explanation)}
${sharedSection(explanation)}
${tracingSection(explanation)}
<div class="cols"><div><h2>The money</h2>${moneySection(explanation)}
${ownSection(explanation)}
<h2>What contributors are paid for</h2><ol>${paidForSentences(explanation.money.noveltyBps).map((text) => html`<li>${text}</li>`)}</ol>
<h2>Calibration</h2>${calibrationSentences(calibration).map((text) => html`<p>${text}</p>`)}</div>
<div><h2>On the chain</h2>${chainSection(explanation)}</div></div>
</main></body></html>
`;
  return page.markup;
};
