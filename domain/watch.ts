import * as z from 'zod'
import { type Answers, LATEST_MS, shareTold } from './answers.ts'
import { duration, inWords, percent } from './field.ts'

const alarmName = z
  .string()
  .max(255)
  .refine(text => text.trim() !== '' && !text.startsWith('arn:'), {
    error: 'is no name of an alarm; write its name, as CloudWatch lists it',
  })

/** What is looked at while the new version has users and the old one is still warm. */
export const watch = z
  .strictObject({
    for: duration({ min: '1m', max: '12h' }).describe(
      'How long, but four minutes at least: CloudWatch says what happened one to three minutes later.',
    ),
    alarms: z
      .array(alarmName)
      .max(20, { error: 'names more than 20 alarms; name a composite alarm over them' })
      .default([])
      .describe('Names of CloudWatch alarms, metric or composite. One that rings takes the stage back.'),
    errorRate: z
      .strictObject({
        above: percent.describe(
          'Share of requests that takes the stage back, such as 10%: answered with a status of 500 and more, or never.',
        ),
        atLeast: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(100)
          .describe('Requests that must have been answered before their share of errors counts.'),
      })
      .optional()
      .describe("Judged for each service by its own target group's metrics."),
    extend: duration({ min: '1m', max: '12h' })
      .default(10 * 60_000)
      .describe('How much longer it is watched where there was too little to see.'),
    unclear: z
      .enum(['complete', 'roll-back'])
      .default('complete')
      .describe('What happens where there is still too little to see after that: requests, or data of an alarm.'),
  })
  .refine(({ alarms, errorRate }) => alarms.length > 0 || errorRate !== undefined, {
    error: 'names nothing to look at; write alarms or errorRate',
  })
  .refine(({ alarms }) => new Set(alarms).size === alarms.length, {
    path: ['alarms'],
    error: 'names an alarm twice; list it once',
  })
  .describe('What is watched after the traffic has moved, before the old version is given up.')
export type Watch = z.infer<typeof watch>

/** CloudWatch shows a minute up to three minutes after it began: who looked for less would have seen nothing. */
const SHOWN_AFTER_MS = 4 * 60_000

/** How long is watched at least, in ms. */
export const leastOf = ({ for: asked }: Pick<Watch, 'for'>): number => Math.max(asked, SHOWN_AFTER_MS)

/** An alarm as CloudWatch has it now. */
export interface SeenAlarm {
  name: string
  /** CloudWatch's own word; `gone` where there is none of this name. */
  state: string
  /** Why it is in this state. */
  reason: string
  /** Since when, in ms. */
  since: number
}

/** Alarm → since when it rang (ms) as the release began, which a person let pass. */
export type Lifted = Readonly<Record<string, number>>

/** The alarms that ring, but for those that have rung ever since they were let pass. */
export function ringingOf<A extends SeenAlarm>(alarms: readonly A[], lifted: Lifted): A[] {
  return alarms.filter(({ name, state, since }) => state === 'ALARM' && lifted[name] !== since)
}

/** Why nothing goes on, in one sentence; undefined where no alarm rings. */
export function ringingTold(ringing: readonly SeenAlarm[]): string | undefined {
  if (ringing.length === 0) return undefined
  return ringing.map(({ name, reason }) => alarmTold(name, 'rings', reason)).join('; ')
}

/** `does`: what it does, or did. */
export const alarmTold = (name: string, does: string, reason: string): string =>
  `alarm ${name} ${does}${reason && `: ${shortened(reason)}`}`

const shortened = (reason: string) => {
  const told = reason.replace(/\.$/, '')
  return told.length > 300 ? `${told.slice(0, 299)}…` : told
}

/** What the users of a service's new version were answered. */
export interface SeenAnswers extends Answers {
  service: string
  /** In the latest minutes alone. */
  latest: Answers
}

export interface WatchFacts {
  alarms: readonly SeenAlarm[]
  lifted: Lifted
  /** Of each service whose answers can be counted. */
  answers: readonly SeenAnswers[]
  /** What else would have to be known, each in a clause. */
  unseen: readonly string[]
}

export type WatchDecision =
  | { kind: 'failed'; because: string }
  /** It is too early to say more; `unclear`: what could not be seen so far. */
  | { kind: 'watching'; unclear: string[] }
  | { kind: 'clear' }
  /** Time is over, and this could not be seen; nothing that was seen speaks against the new version. */
  | { kind: 'unclear'; because: string }

/** What is known of a watch that ended well. */
export interface WatchResult {
  /** How many alarms were looked at. */
  alarms: number
  answers: { service: string; requests: number; errors: number }[]
  /** Alarms that rang to the end, which a person had let pass. */
  lifted?: string[]
  /** What could not be seen to the end. */
  unclear?: string
}

/**
 * What is to be done about a new version that has its users. What speaks against it counts at once; that nothing does counts
 * once it was watched for as long as the application file says, and only where there was enough to see.
 */
export function judgeWatch(
  { alarms, lifted, answers, unseen }: WatchFacts,
  watch: Watch,
  { now, since }: { now: number; since: number },
): WatchDecision {
  const { extend, errorRate, unclear: policy } = watch
  const least = leastOf(watch)
  const bad = errorRate ? answers.flatMap(seen => tooMany(seen, errorRate) ?? []) : []
  const against = [ringingTold(ringingOf(alarms, lifted)), ...bad]
  const because = against.filter(told => told !== undefined).join('; ')
  if (because) return { kind: 'failed', because }

  const unclear = [
    ...unseen,
    ...alarms.flatMap(alarm => silenceOf(alarm) ?? []),
    ...answers.flatMap(({ service, requests }) =>
      errorRate && requests < errorRate.atLeast
        ? `${service} has answered ${requests} of the ${errorRate.atLeast} requests that its errors are judged by`
        : [],
    ),
  ]
  const passed = now - since
  if (passed < least || (unclear.length > 0 && passed < least + extend)) return { kind: 'watching', unclear }
  if (unclear.length === 0) return { kind: 'clear' }
  const told = `after ${inWords(least + extend)}, ${unclear.join('; ')}`
  return policy === 'roll-back' ? { kind: 'failed', because: told } : { kind: 'unclear', because: told }
}

/** All of them, or else the latest by themselves; undefined where neither is too bad, or too few. */
function tooMany(
  { service, latest, ...all }: SeenAnswers,
  { above, atLeast }: NonNullable<Watch['errorRate']>,
): string | undefined {
  const isBad = ({ requests, errors }: Answers) => requests >= atLeast && (100 * errors) / requests > above
  const [bad, when] = isBad(all) ? [all, ''] : [latest, ` of the latest ${inWords(LATEST_MS)}`]
  if (!isBad(bad)) return undefined
  const lost = bad.lost > 0 ? ` (${bad.lost} never came)` : ''
  return `${service}: ${shareTold(bad, above)} of ${bad.requests} answers${when} were errors${lost}, more than ${above} %`
}

/** No data is not quiet, and a state that we do not know is no answer either. */
export function silenceOf({ name, state }: Pick<SeenAlarm, 'name' | 'state'>): string | undefined {
  if (state === 'OK' || state === 'ALARM') return undefined
  if (state === 'gone') return `alarm ${name} is gone`
  return state === 'INSUFFICIENT_DATA' ? `alarm ${name} has no data` : `alarm ${name} is in state ${state}`
}
