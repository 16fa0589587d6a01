import * as z from 'zod'

/** Times in which a stage is not changed, whatever is pushed. */

const DATE = String.raw`(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})`
const WEEKLY = String.raw`(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d)`
const FORM = new RegExp(`^(?:${DATE}|${WEEKLY})$`)
const form = {
  error: 'is no time; write it like 2026-12-23T18:00:00+01:00, or for every week like "Fri 16:00"',
  abort: true,
}
const calendar = { error: 'is not on the calendar; correct it', abort: true }
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const WEEK_MINUTES = 7 * 24 * 60

const freeze = z
  .strictObject({
    from: z
      .string()
      .regex(FORM, form)
      .refine(isOnCalendar, calendar)
      .describe('`2026-12-23T18:00:00+01:00`, or every week `Fri 16:00`.'),
    until: z.string().regex(FORM, form).refine(isOnCalendar, calendar).describe('Its end, written in the same way.'),
    zone: z
      .string()
      .refine(isZone, { error: 'is no time zone; write one like Europe/Berlin' })
      .optional()
      .describe('Time zone of a weekly freeze, such as Europe/Berlin; default: UTC.'),
    because: z.string().min(1).max(200).describe('Why, in the words that whoever is stopped will read.'),
  })
  .refine(({ from, until }) => isWeekly(from) === isWeekly(until), {
    path: ['until'],
    error: 'is written in another way than from; write two dates, or two days of the week',
  })
  .refine(({ from, until }) => isWeekly(from) !== isWeekly(until) || isAfter(from, until), {
    path: ['until'],
    error: 'is not after from; correct one of them',
  })
  .refine(({ from, zone }) => isWeekly(from) || zone === undefined, {
    path: ['zone'],
    error: 'stands beside dates, which say their own distance from UTC; take it out',
  })
  .describe('A time in which this stage is not changed.')

export const freezes = z.array(freeze).max(50).describe('When this stage is not changed, whatever is pushed.')
export type Freeze = z.infer<typeof freeze>

/** The freezes that hold at a moment (ms), each with its end in words. */
export function frozen(freezes: readonly Freeze[], now: number): { until: string; because: string }[] {
  return freezes.filter(one => holds(one, now)).map(one => ({ until: endInWords(one), because: one.because }))
}

function holds({ from, until, zone }: Freeze, now: number): boolean {
  if (!isWeekly(from)) return now >= Date.parse(from) && now < Date.parse(until)
  const [start, end, at] = [minuteOf(from), minuteOf(until), minuteNow(now, zone)]
  return start < end ? at >= start && at < end : at >= start || at < end
}

const isWeekly = (text: string) => DAYS.includes(text.slice(0, 3))

/** A weekly one may reach over the end of the week: it only has to have a length. */
function isAfter(from: string, until: string): boolean {
  return isWeekly(from) ? minuteOf(from) !== minuteOf(until) : Date.parse(from) < Date.parse(until)
}

/** Since the beginning of Monday. */
function minuteOf(text: string): number {
  return minuteIn(text.slice(0, 3), text.slice(4, 6), text.slice(7, 9))
}

/** The same of a moment, as the clocks of a zone show it. */
function minuteNow(now: number, timeZone = 'UTC'): number {
  const options = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const parts = new Intl.DateTimeFormat('en-GB', options).formatToParts(now)
  const part = (type: 'weekday' | 'hour' | 'minute') => parts.find(each => each.type === type)?.value ?? ''
  return minuteIn(part('weekday'), part('hour'), part('minute')) % WEEK_MINUTES
}

const minuteIn = (day: string, hour: string, minute: string) =>
  (DAYS.indexOf(day) * 24 + Number(hour)) * 60 + Number(minute)

/** A day of the week in its zone; a date as its author's clock shows it. */
function endInWords({ until, zone = 'UTC' }: Freeze): string {
  if (isWeekly(until)) return `${until} (${zone})`
  const [, , , , hour, minute, , offset = 'Z'] = new RegExp(`^${DATE}$`).exec(until) ?? []
  const options = { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' } as const
  const day = new Intl.DateTimeFormat('en-GB', options).format(Date.parse(`${until.slice(0, 10)}T00:00:00Z`))
  return `${day.replace(',', '')}, ${hour}:${minute} (${offset === 'Z' ? 'UTC' : `UTC${offset}`})`
}

/** JavaScript would take 30 February for 2 March. */
function isOnCalendar(text: string): boolean {
  if (isWeekly(text)) return true
  const day = text.slice(0, 10)
  const midnight = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(Date.parse(text)) && !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day)
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone })
    return true
  } catch {
    return false
  }
}
