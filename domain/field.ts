import * as z from 'zod'

/** Name of something in ECS: a cluster, a service, a container. */
export const ecsName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,255}$/, { error: 'must be 1 to 255 letters, digits, "-" and "_", as ECS has it' })

/** Name of an application, a stage or an image: it becomes part of ARNs, keys and execution names. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,23}$/, { error: 'must be 1 to 24 of a-z, 0-9 and "-", and begin with a letter' })

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const

/** `90s`, `15m`, `24h` in milliseconds; undefined if it is not of that form. */
export function milliseconds(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** A length of time, written `90s`, `15m` or `24h`; milliseconds once parsed. */
export function duration(limits: { min: string; max: string }) {
  const min = milliseconds(limits.min) ?? 0
  const max = milliseconds(limits.max) ?? Number.POSITIVE_INFINITY
  const within = (text: string) => {
    const ms = milliseconds(text)
    return ms !== undefined && ms >= min && ms <= max
  }
  const error = missingOr('is not a length of time; write it like 90s, 15m or 24h')
  return z
    .string({ error })
    .regex(/^\d{1,6}[smh]$/, { error, abort: true })
    .refine(within, { error: `must be from ${limits.min} to ${limits.max}` })
    .transform(text => milliseconds(text) ?? 0)
}

/** What is wrong with a text of its own form, which may not be there at all. */
const missingOr =
  (wrong: string) =>
  ({ input }: { input?: unknown }): string =>
    input === undefined ? wrong.replace(/^.*; write it/, 'is missing; write it') : wrong

const noShare = missingOr('is not a share; write it like 10%')

/** A share, written `10%` or `0.5%`; a number of percent once parsed. */
export const percent = z
  .string({ error: noShare })
  .regex(/^\d{1,3}(\.\d{1,2})?%$/, { error: noShare, abort: true })
  .transform(text => Number(text.slice(0, -1)))
  .refine(share => share > 0 && share < 100, { error: 'must be more than 0% and less than 100%' })

/** Milliseconds for people: `45s`, `2m 58s`, `1h 5m`. */
export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 ? `${minutes}m ${seconds % 60}s` : `${minutes}m`
  return minutes % 60 ? `${Math.floor(minutes / 60)}h ${minutes % 60}m` : `${minutes / 60}h`
}

/** A moment, to the second: `2026-11-21 00:42:07 UTC`. */
export function at(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
