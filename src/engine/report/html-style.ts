/** The style sheet of exported reports: light and dark as the reader's system, and on paper. */

export const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --quiet: #57606a; --line: #d0d7de; --paper: #ffffff; --first: #0969da; --second: #8250df; --third: #57606a; --good: #116329; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #9da7b1; --line: #3d444d; --paper: #0d1117; --first: #4493f8; --second: #ab7df8; --third: #9da7b1; --good: #56d364; --bad: #ff8e86; } }
body { max-width: 72rem; margin: 0 auto; padding: 2rem 1.5rem; background: var(--paper); color: var(--text); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1, h2 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; unicode-bidi: isolate; }
a { color: inherit; text-decoration: underline dotted; text-underline-offset: 3px; }
a:focus-visible, .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
.lead, .note, footer, figcaption { color: var(--quiet); }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.25rem; margin: 1.25rem 0; padding: 0.75rem 0; border-block: 1px solid var(--line); }
.facts dt { color: var(--quiet); font-size: 0.9em; }
.facts dd { margin: 0; font-size: 1.1em; }
.note { display: block; font-size: 0.8em; }
.caution { border-inline-start: 3px solid var(--bad); padding-inline-start: 0.75rem; }
.scroll { margin-top: 2rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { padding-bottom: 0.4rem; font-size: 1.15rem; font-weight: 600; text-align: start; }
th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--line); font-weight: normal; text-align: start; }
thead th { border-bottom-width: 2px; color: var(--quiet); vertical-align: bottom; }
tbody th, td { white-space: nowrap; }
tbody .wide { white-space: normal; }
.number { text-align: end; }
.better { color: var(--good); }
.worse { color: var(--bad); }
details { margin-top: 1.5rem; }
details .scroll { margin-top: 0.5rem; }
details caption { position: absolute; overflow: hidden; width: 1px; height: 1px; clip-path: inset(50%); }
summary { cursor: pointer; font-weight: 600; }
figure { margin: 2rem 0 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin-bottom: 0.4rem; }
figcaption strong { color: var(--text); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font-size: 12px; }
.bar-0, .key-0 { fill: var(--first); color: var(--first); }
.bar-1, .key-1 { fill: var(--second); color: var(--second); }
.bar-2, .key-2 { fill: var(--third); color: var(--third); }
.definitions dt { margin-top: 0.75rem; font-weight: 600; }
.definitions dd { margin: 0; }
.definitions dt:target { outline: 2px solid var(--first); outline-offset: 4px; }
footer { margin-top: 2.5rem; padding-top: 0.75rem; border-top: 1px solid var(--line); font-size: 0.85em; }
footer p { margin: 0.2rem 0; }
@media print { body { max-width: none; padding: 0; } }
`;

/** SHA-256 of the style sheet, by which the content security policy knows it: nothing else is applied. */
export const STYLE_HASH = "sha256-4hiJfAdwcFlCQ26Riiwq+4bR8O1Afbr+87Zktvkhy6I=";
