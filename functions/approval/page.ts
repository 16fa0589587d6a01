import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

/** Markup in which every value was escaped. */
export type Html = ReturnType<typeof html>

export interface Page {
  title: string
  /** Application and stage, above everything else. */
  over: string[]
  main: Html
  footer?: Html
  /** The script fetches it again for as long as it says so. */
  live?: boolean
}

const allowed = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** On every answer. A link is as good as its owner's word: nothing keeps it, shows it elsewhere or frames its page. */
export const HEADERS: Record<string, string> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${allowed(STYLE)}`,
    `script-src ${allowed(SCRIPT)}`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
}

export function layout({ title, over, main, footer, live = false }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${over.length > 0 && html`<header><p>${over.join(' · ')}</p></header>`}
<main${live && raw(' data-live')}>
${main}
</main>
<p role="status" class="unseen"></p>
${footer && html`<footer>${footer}</footer>`}
<script>${raw(SCRIPT)}</script>
</body>
</html>
`
}

const MARKS = {
  done: ['✓', 'done'],
  running: ['◐', 'under way'],
  waiting: ['◷', 'waiting'],
  failed: ['✗', 'failed'],
  back: ['↩', 'taken back'],
} as const
export type Mark = keyof typeof MARKS

/** A sign, and the word for it where signs are not seen. */
export function mark(kind: Mark, word: string = MARKS[kind][1]): Html {
  return html`<span class="mark ${kind}"><span aria-hidden="true">${MARKS[kind][0]}</span><span class="unseen">${word}:</span></span>`
}

/** Text of somebody else's, kept apart from the direction in which the page is read. */
export function quoted(text: string): Html {
  return html`<q><bdi>${text}</bdi></q>`
}

/** A reason as a whole sentence. */
export function sentence(because: string): Html {
  return html`<bdi>${because.replace(/\.$/, '')}</bdi>.`
}
