/** The one style of all pages: a column, the system's font in two weights, light and dark by the reader's setting. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fdfdfc; --raised: #f4f4f1; --line: #deded8; --text: #1c1d1a; --quiet: #5b5d56;
  --strong: #14713d; --on-strong: #fff; --good: #14713d; --blue: #1d5fb4; --busy: #7a5200; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #151614; --raised: #1f211e; --line: #383b35; --text: #ebece8; --quiet: #a6a99f;
    --strong: #4ac584; --on-strong: #06170d; --good: #5ccb90; --blue: #7fb2f5; --busy: #e2b458; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  max-width: 42rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem;
  background: var(--ground); color: var(--text);
  font: 400 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  overflow-wrap: anywhere;
}
header p { margin: 0 0 .5rem; color: var(--quiet); }
h1, h2, h3, legend, strong, button { font-weight: 600; }
legend { padding: 0; }
h1 { margin: 0 0 1rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2, legend { margin: 0 0 .75rem; font-size: 1rem; line-height: 1.4; }
h3 { margin: 0; font-size: 1rem; }
p { margin: 0 0 .75rem; }
section, form { margin-top: 2.5rem; }
ul, ol, dl { margin: 0; padding: 0; list-style: none; }
code { font: 400 .9em ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
q { quotes: "“" "”"; }
a { color: inherit; text-underline-offset: .2em; }
.quiet, time { color: var(--quiet); }
.lead { font-size: 1.0625rem; }
.lead time { color: inherit; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; border-radius: .25rem; }

.mark { display: inline-block; min-width: 1.1em; text-align: center; color: var(--quiet); }
.mark.done { color: var(--good); }
.mark.running, .mark.back { color: var(--busy); }
.mark.failed { color: var(--bad); }

.changes > li { padding: .875rem 0; border-top: 1px solid var(--line); }
.changes > li:last-child { border-bottom: 1px solid var(--line); }
.changes p { margin: 0; }
.changes .claim { margin: .25rem 0; }
.change { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .125rem 1.5rem; }
details { margin-top: .375rem; }
summary { width: fit-content; color: var(--quiet); cursor: pointer; }
details dl { margin: .5rem 0 .25rem; padding: .75rem 1rem; background: var(--raised); border-radius: .5rem; font-size: .9375rem; }
dt { color: var(--quiet); }
dt:not(:first-child) { margin-top: .625rem; }
dd { margin: 0; font: 400 .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
del, ins { display: grid; grid-template-columns: 1.25rem 1fr; text-decoration: none; }
del::before { content: "−" / ""; }
ins::before { content: "+" / ""; }

.row { display: flex; flex-wrap: wrap; gap: .375rem .5rem; margin-bottom: .75rem; }
.row li { padding: .125rem .625rem .125rem .375rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .875rem; }
.row .took { margin-left: .25rem; color: var(--quiet); font-variant-numeric: tabular-nums; }

.people li { display: flex; gap: .5rem; padding: .25rem 0; }
.people p { margin: 0; }

fieldset { min-width: 0; margin: 0; padding: 0; border: 0; }
label { display: block; margin-bottom: .375rem; }
textarea {
  display: block; width: 100%; min-height: 5.5rem; padding: .625rem .75rem; resize: vertical;
  background: var(--ground); color: var(--text); border: 1px solid var(--quiet); border-radius: .5rem; font: inherit;
}
.options { margin-bottom: 1.25rem; padding: 1rem 1.25rem; background: var(--raised); border-radius: .5rem; }
.options legend { float: left; width: 100%; margin-bottom: .5rem; }
.options legend + * { clear: both; }
.options > p { margin: .75rem 0 0; font-size: .875rem; }
.option { display: grid; grid-template-columns: 1.25rem 1fr; gap: 0 .625rem; align-items: center; padding: .375rem 0; }
.option input { width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--strong); }
.option label { margin: 0; font-weight: 600; }
.option p { grid-column: 2; margin: 0; }
.choice { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
button {
  min-height: 2.875rem; padding: .5rem 1.75rem; border: 1px solid var(--quiet); border-radius: .5rem;
  background: transparent; color: var(--text); font: inherit; font-weight: 600; cursor: pointer;
}
button.strong { border-color: var(--strong); background: var(--strong); color: var(--on-strong); }
@media (max-width: 26rem) { .choice button { flex: 1; } }

.lanes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 2rem; }
.lane > .standing { margin: 0 0 .5rem; padding-bottom: .5rem; border-bottom: 1px solid var(--line); color: var(--quiet); }
.steps li { display: grid; grid-template-columns: 1.25rem 1fr auto; gap: 0 .375rem; padding: .1875rem 0; }
.steps .took { color: var(--quiet); font-variant-numeric: tabular-nums; }
.steps .detail { grid-column: 2 / -1; color: var(--quiet); font-size: .875rem; }
.steps [aria-current] .name { font-weight: 600; }

.traffic { margin-bottom: .5rem; }
.traffic li { padding: .375rem 0; }
.traffic p { margin: 0; font-size: .875rem; }
progress { display: block; width: 100%; height: .5rem; margin: .25rem 0; border: 0; border-radius: .25rem; overflow: hidden; appearance: none; background: var(--blue); }
progress::-webkit-progress-bar { background: var(--blue); }
progress::-webkit-progress-value { background: var(--good); }
progress::-moz-progress-bar { background: var(--good); }
.shares { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.shares .green { color: var(--good); }
.shares .blue { color: var(--blue); }

.log { display: grid; grid-template-columns: max-content 1fr; gap: .375rem 1rem; }
.log li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; }
.log li > time { white-space: nowrap; font-variant-numeric: tabular-nums; }
@media (max-width: 26rem) { .log li { grid-template-columns: 1fr; } }
.end { padding: 1rem 1.25rem; background: var(--raised); border-radius: .5rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
footer p { margin: 0 0 .5rem; }
`
