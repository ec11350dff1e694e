/** The look of the page: one column of cards on a phone, a table on a wide screen, light and dark. */
export const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif;
  --line: color-mix(in srgb, CanvasText 18%, Canvas); --soft: color-mix(in srgb, CanvasText 72%, Canvas); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 88rem; padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
a { color: LinkText; } :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 1rem 0; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; border-bottom: 1px solid var(--line); }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { display: inline-block; width: 5rem; height: .7rem; border: 1px solid var(--soft); border-radius: .2rem; overflow: hidden;
  vertical-align: baseline; margin-right: .4rem; }
.bar i { display: block; height: 100%; background: #2f7fd1; }
td { white-space: nowrap; }
td.why { white-space: normal; overflow-wrap: anywhere; min-width: 18rem; width: 100%; }
.why { font-size: .88rem; line-height: 1.4; }
.empty { color: var(--soft); }
pre { white-space: pre-wrap; font: .9rem/1.5 ui-monospace, monospace; }
@media (max-width: 48rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 0 1.25rem; padding: .5rem 0; }
  tbody th, tbody td { padding: 0; }
  tbody th, tbody .why { flex-basis: 100%; min-width: 0; }
  td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: .85rem; }
}
`;
