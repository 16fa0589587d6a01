import { idIn } from '../../domain/arn.ts'
import type { Lack } from '../../domain/lack.ts'
import { quoted } from '../../domain/shell.ts'
import { isLogging, type Logged, readSelectors, type Trail, trailsHere } from '../../functions/aws/trails.ts'
import { type Answer, type Examination, lacking, sound } from './examination.ts'

/** Whether anybody could tell in half a year who pushed an image or changed a service. `account`: the one that is looked at. */
export async function askTrails(examination: Examination, account: string): Promise<void> {
  await examination.ask('trail', {}, () => whetherLogged(examination, account))
}

async function whetherLogged(examination: Examination, account: string): Promise<Answer<true>> {
  const trails = await trailsHere()
  const own: OwnTrail[] = []
  const unread: { trail: Trail; error: Error }[] = []
  for (const trail of trails) {
    const isOwn = trail.account === account
    try {
      const logs = await isLogging(trail)
      if (!logs && !isOwn) continue
      const read = { ...trail, isLogging: logs, ...(await readSelectors(trail)) }
      if (logsManagement(read)) return sound(true)
      if (isOwn) own.push(read)
    } catch (error) {
      unread.push({ trail, error: error as Error })
    }
  }
  // One that cannot be read may be the one that logs.
  const ours = unread.find(({ trail }) => trail.account === account)
  if (ours) throw ours.error
  const [other] = unread
  if (!other) return lacking(whyNothing(trails, own))
  examination.note({}, `trail ${other.trail.arn} is of another account, which alone may say what it logs: ask there`)
  return sound(true)
}

/** A trail of the account itself. */
export type OwnTrail = Pick<Trail, 'arn' | 'home'> & Logged & { isLogging: boolean }

/** Whether changes that people make by calls to AWS are written down. */
export function logsManagement({ isLogging, ...logged }: Logged & { isLogging: boolean }): boolean {
  return isLogging && wouldLog(logged)
}

function wouldLog({ selectors, advanced }: Logged): boolean {
  const basic = selectors.some(
    ({ IncludeManagementEvents, ReadWriteType = 'All' }) => IncludeManagementEvents && ReadWriteType !== 'ReadOnly',
  )
  return basic || advanced.some(({ FieldSelectors = [] }) => isManagement(FieldSelectors) && !isRead(FieldSelectors))
}

type Fields = NonNullable<Logged['advanced'][number]['FieldSelectors']>
const has = (field: string, value: string) => (fields: Fields) =>
  fields.some(({ Field, Equals }) => Field === field && Equals?.includes(value))
const isManagement = has('eventCategory', 'Management')
const isRead = has('readOnly', 'true')

/** Why nothing is written down; `own`: those of these trails that this account may change. What they log stays as it is. */
export function whyNothing(trails: readonly Pick<Trail, 'arn'>[], own: readonly OwnTrail[]): Lack {
  const named = trails.map(({ arn }) => idIn(arn)).join(', ')
  const found = named
    ? `no trail of CloudTrail logs who changes what: ${named}`
    : 'CloudTrail has no trail here; it forgets after 90 days who pushed an image or changed a service'
  const [first] = own
  if (!first)
    return {
      found,
      remedy:
        'make one that logs management events, with a bucket whose policy lets cloudtrail.amazonaws.com write (the console makes both)',
      command:
        'aws cloudtrail create-trail --name account --s3-bucket-name <bucket> --is-multi-region-trail && aws cloudtrail start-logging --name account',
    }
  const stopped = own.find(wouldLog)
  if (stopped) return { found, remedy: 'have it log again', command: startLogging(stopped) }
  const free = own.find(hasRoom)
  if (free)
    return {
      found,
      remedy: 'have one log management events, beside what it logs already',
      command: withManagement(free) + (free.isLogging ? '' : ` && ${startLogging(free)}`),
    }
  return { found, remedy: `have ${first.arn} log changes, too, where its event selectors say which management events` }
}

const startLogging = ({ arn, home }: OwnTrail) => `aws cloudtrail start-logging --region ${home} --name ${arn}`

/** As many as a trail may have. */
const SELECTORS = 5

/** Whether a selector for management events can stand beside what it has: nothing there speaks of them. */
function hasRoom({ selectors, advanced }: OwnTrail): boolean {
  return (
    selectors.length < SELECTORS &&
    !selectors.some(({ IncludeManagementEvents }) => IncludeManagementEvents) &&
    !advanced.some(({ FieldSelectors = [] }) => isManagement(FieldSelectors))
  )
}

/** CloudTrail puts what it is given in place of all that was there. */
function withManagement({ arn, home, selectors, advanced }: OwnTrail): string {
  const field = { Field: 'eventCategory', Equals: ['Management'] }
  const option =
    advanced.length > 0
      ? `--advanced-event-selectors ${asWord([...advanced, { Name: 'Management events', FieldSelectors: [field] }])}`
      : `--event-selectors ${asWord([...selectors, { ReadWriteType: 'All', IncludeManagementEvents: true }])}`
  return `aws cloudtrail put-event-selectors --region ${home} --trail-name ${arn} ${option}`
}

const asWord = (value: unknown) => quoted(JSON.stringify(value))
