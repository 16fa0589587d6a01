import { html } from 'hono/html'
import type { Html } from './page.ts'

/** How a moment is written: by the server in UTC, by the page's script in the reader's time zone. */
export const FORMS = {
  day: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  log: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

export const LANGUAGE = 'en-GB'

/** A moment that the script rewrites; without it, UTC is what is read. */
export function moment(ms: number, form: keyof typeof FORMS = 'day'): Html {
  const at = new Date(ms)
  const text = new Intl.DateTimeFormat(LANGUAGE, { ...FORMS[form], timeZone: 'UTC' }).format(at)
  return html`<time datetime="${at.toISOString()}" data-form="${form}">${text}</time>`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How much time is left, never more than there is: `in 23 hours`, `in 1 day and 2 hours`, `in less than a minute`. */
export function timeLeft(ms: number): string {
  const at = UNITS.findIndex(([, length]) => ms >= length)
  const [unit, next] = [UNITS[at], UNITS[at + 1]]
  if (!unit) return 'in less than a minute'
  const whole = Math.floor(ms / unit[1])
  const rest = next && whole < 3 ? Math.floor((ms % unit[1]) / next[1]) : 0
  const words = (amount: number, name: string) => `${amount} ${name}${amount === 1 ? '' : 's'}`
  return `in ${words(whole, unit[0])}${next && rest > 0 ? ` and ${words(rest, next[0])}` : ''}`
}
