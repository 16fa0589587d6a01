import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Notify } from '../domain/people.ts'
import { type PagerDutyKey, pagerDutyKey } from '../domain/secrets.ts'
import type { About, Notification } from '../events/notification.ts'
import { applications } from './applications.ts'
import { releaseLink } from './approval/links.ts'
import { readRelease } from './aws/ledger.ts'
import { changeIncident, type Incident } from './aws/told.ts'
import { type Delivered, deliver, inTurn } from './notify/deliver.ts'
import { counted, type Effect, effectOf, owed } from './notify/incident.ts'
import { type Context, sendAlarm, sendChange } from './notify/pager-duty.ts'
import { sendOnce } from './notify/posting.ts'
import { goesBackTo } from './notify/previous.ts'
import { readAs, readsSecrets } from './notify/secrets.ts'
import { type Needs, SIGNING, signsLinks, usesTable } from './permissions.ts'
import { wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 20,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem'),
    signsLinks(site),
    ...readsSecrets(
      site,
      site.applications.flatMap(({ notify }) => notify.pagerduty?.secret ?? []),
    ),
  ],
  environment: SIGNING,
  applications: true,
}

/** After it: PagerDuty has one open incident for a stage that went wrong, none for one that is good, and each release of the last stage. */
export const handler = wrapped(
  'TellPagerDuty',
  (event: SQSEvent): Promise<SQSBatchResponse> =>
    deliver(event, async told => {
      const pagerduty = applications().find(({ app }) => app === told.about.app)?.notify.pagerduty
      if (!pagerduty) return { kind: 'nobody', because: 'the application tells nothing to PagerDuty' }
      return page(told, pagerduty)
    }),
)

async function page(told: Notification, { secret, on }: NonNullable<Notify['pagerduty']>): Promise<Delivered> {
  const { about, transition } = told
  const previous = transition.kind === 'rolling-back' ? await goesBackTo(about, transition.stage) : undefined
  const effect = effectOf(told, on, previous)
  const change = transition.kind === 'stage-released' && transition.isLast ? transition : undefined
  if (effect.kind === 'nothing') return { kind: 'nobody', because: `nobody is paged for this ${transition.kind}` }
  const to = await readAs(pagerDutyKey, secret)
  if (to.kind !== 'secret') return to
  const keys = effect.kind === 'open' ? [effect.key] : effect.keys
  return inTurn([
    ...keys.map(key => () => settle(to.value, key, effect, told)),
    async () =>
      change ? tellChange(to.value, { about, stage: change.stage, at: told.at }, told.id) : { kind: 'told' },
  ])
}

/** Tells again after whoever told at the same time, so that what PagerDuty hears last is what the ledger says last. */
const LOOKS = 4

async function settle(
  to: PagerDutyKey,
  key: string,
  effect: Exclude<Effect, { kind: 'nothing' }>,
  told: Notification,
): Promise<Delivered> {
  let incident = await changed(key, before => counted(before, effect, told).next)
  let sent: number | undefined
  for (let look = 0; look < LOOKS; look++) {
    const alarm = owed(incident, sent)
    if (!incident || !alarm) return { kind: 'told' }
    const about = alarm.kind === 'open' ? alarm.for.about : told.about
    const verdict = await sendAlarm(to, key, alarm, () => contextOf(about))
    if (verdict.kind !== 'done' && verdict.kind !== 'refused') return verdict
    const { revision } = incident
    sent = revision
    incident = await changed(key, now => now && now.accepted < revision && { ...now, accepted: revision })
    if (verdict.kind === 'refused') return verdict
  }
  return { kind: 'slow-down', because: 'it changes faster than it can be told', seconds: 5 }
}

/** The incident as it stands after the change; `undefined` changes nothing. */
async function changed(
  key: string,
  next: (incident: Incident | undefined) => Incident | false | undefined,
): Promise<Incident | undefined> {
  const { standing } = await changeIncident(key, before => {
    const after = next(before) || undefined
    return { standing: after ?? before, next: after }
  })
  return standing
}

function tellChange(to: PagerDutyKey, of: Parameters<typeof sendChange>[1], id: string): Promise<Delivered> {
  const key = { to: 'pagerduty', subject: id, message: 'CHANGE' } as const
  return sendOnce(key, async () => sendChange(to, of, await contextOf(of.about)))
}

async function contextOf(about: About): Promise<Context> {
  const entry = await readRelease(about)
  const execution = entry?.started?.executionArn
  const links = [{ href: await releaseLink(about), text: 'The release' }]
  if (execution) links.push({ href: consoleOf(execution), text: 'Its execution in Step Functions' })
  return { links, digests: entry?.digests ?? {} }
}

/** Where the console shows an execution. */
function consoleOf(executionArn: string): string {
  const region = executionArn.split(':')[3]
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`
}
