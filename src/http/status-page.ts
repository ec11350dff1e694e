/**
 * A plain page on loopback: what the node earns and why each price is what it is. Read-only, no script, no outside
 * requests. What it shows comes from the plugin's own methods, so page and RPC cannot differ (SPEC 7.7).
 */
import { type Html, html } from './html.ts';
import { STYLE } from './page-style.ts';

/** One row of the table. Texts are ready to show; `share` is 0 … 1, undefined while unknown. */
export type PageChannel = {
  readonly name: string;
  readonly ppm: string;
  readonly share: number | undefined;
  readonly flow: string;
  /** Satoshi. */
  readonly earned: string;
  readonly because: string;
};
export type PageChange = {
  readonly at: string;
  readonly channel: string;
  readonly from: string;
  readonly to: string;
  readonly because: string;
};
export type PageRebalance = {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  /** Satoshi: what arrived of what was ordered. */
  readonly moved: string;
  readonly cost: string;
  readonly outcome: string;
};
export type PageData = {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly channels: readonly PageChannel[];
  readonly changes: readonly PageChange[];
  readonly rebalances: readonly PageRebalance[];
};

/** Seconds between two loads; the page has no script. */
const RELOAD_S = 5;

const channelPath = (name: string): string => `/channel/${encodeURIComponent(name)}`;

function frame(title: string, body: Html, reload: boolean): string {
  const again = reload ? html`<meta http-equiv="refresh" content="${RELOAD_S}">` : html``;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">${again}
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>${{ markup: STYLE }}</style></head><body>${body}</body></html>`.markup;
}

/** Our part of the channel as a bar and a number. */
function bar(part: number | undefined): Html {
  if (part === undefined) return html`unknown`;
  const percent = Math.round(part * 100);
  return html`<span class="bar" aria-hidden="true"><i style="width:${percent}%"></i></span>${percent}&nbsp;%`;
}

const channelRow = (channel: PageChannel): Html => html`<tr>
<th scope="row"><a href="${channelPath(channel.name)}">${channel.name}</a></th>
<td class="number" data-label="price, ppm">${channel.ppm}</td>
<td data-label="our share">${bar(channel.share)}</td>
<td data-label="flow">${channel.flow}</td>
<td class="number" data-label="earned, sat">${channel.earned}</td>
<td class="why">${channel.because}</td></tr>`;

const changeRow = (change: PageChange): Html => html`<tr>
<td class="number">${change.at}</td>
<th scope="row"><a href="${channelPath(change.channel)}">${change.channel}</a></th>
<td class="number" data-label="ppm">${change.from} → ${change.to}</td>
<td class="why">${change.because}</td></tr>`;

const rebalanceRow = (one: PageRebalance): Html => html`<tr>
<td class="number">${one.at}</td>
<th scope="row"><a href="${channelPath(one.to)}">${one.to}</a></th>
<td data-label="from">${one.from}</td>
<td class="number" data-label="moved, sat">${one.moved}</td>
<td class="number" data-label="cost, sat">${one.cost}</td>
<td class="why">${one.outcome}</td></tr>`;

/** The whole page. With `reload` it loads itself anew; without, it holds still for reading. */
export function render(data: PageData, reload: boolean): string {
  const facts = data.facts.map(
    ({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`,
  );
  const hold = reload
    ? html`<a href="/?hold=1">Hold the page still</a>`
    : html`<a href="/">Follow again (every ${RELOAD_S} s)</a>`;
  const body = html`<header><h1>${data.title}</h1><nav><a href="#changes">Latest fee changes</a><a href="#rebalances">Latest rebalances</a>${hold}</nav></header>
<main><dl>${facts}</dl>
<h2>Channels</h2>${channelTable(data.channels)}
<h2 id="changes">Latest fee changes</h2>${changeTable(data.changes)}
<h2 id="rebalances">Latest rebalances</h2>${rebalanceTable(data.rebalances)}</main>`;
  return frame(data.title, body, reload);
}

const channelTable = (channels: readonly PageChannel[]): Html =>
  channels.length === 0
    ? html`<p class="empty">No channel is priced yet: history is read and flow is measured first.</p>`
    : html`<table><thead><tr><th scope="col">channel</th><th scope="col" class="number">price, ppm</th>
<th scope="col">our share</th><th scope="col">flow</th><th scope="col" class="number">earned, sat</th><th scope="col">why this price</th></tr></thead>
<tbody>${channels.map(channelRow)}</tbody></table>`;

const changeTable = (changes: readonly PageChange[]): Html =>
  changes.length === 0
    ? html`<p class="empty">None yet.</p>`
    : html`<table><thead><tr><th scope="col" class="number">when</th><th scope="col">channel</th><th scope="col" class="number">ppm</th><th scope="col">why</th></tr></thead>
<tbody>${changes.map(changeRow)}</tbody></table>`;

const rebalanceTable = (rebalances: readonly PageRebalance[]): Html =>
  rebalances.length === 0
    ? html`<p class="empty">None yet: each channel's page says why not.</p>`
    : html`<table><thead><tr><th scope="col" class="number">when</th><th scope="col">into</th><th scope="col">from</th>
<th scope="col" class="number">moved, sat</th><th scope="col" class="number">cost, sat</th><th scope="col">what came of it</th></tr></thead>
<tbody>${rebalances.map(rebalanceRow)}</tbody></table>`;

/** One channel: the answer of revenue-explain as it is. */
export function renderChannel(name: string, explanation: string): string {
  const body = html`<header><h1>Why ${name} costs what it costs</h1><nav><a href="/">All channels</a></nav></header>
<main><pre>${explanation}</pre></main>`;
  return frame(name, body, false);
}
