import type { Digest, DigestSet } from '../../domain/identity.ts'
import type { PagerDutyKey } from '../../domain/secrets.ts'
import type { About } from '../../events/notification.ts'
import type { Alarm } from '../aws/told.ts'
import { judgePagerDuty, type Verdict } from './answers.ts'
import { post } from './ask.ts'
import { cut } from './markup.ts'

const LONGEST_SUMMARY = 1_024

export interface Link {
  href: string
  text: string
}

/** What belongs to the release that an event is about. */
export interface Context {
  links: Link[]
  digests: DigestSet
}

/** Opens the incident under its key, or adds to it; or closes it. */
export async function sendAlarm(
  to: PagerDutyKey,
  dedup_key: string,
  alarm: Alarm,
  context: () => Promise<Context>,
): Promise<Verdict> {
  const of = { routing_key: to.routingKey, dedup_key }
  if (alarm.kind === 'closed') return send(to, 'enqueue', { ...of, event_action: 'resolve' })
  const { about, stage, at } = alarm.for
  const { links, digests } = await context()
  return send(to, 'enqueue', {
    ...of,
    event_action: 'trigger',
    payload: {
      summary: cut(alarm.summary, LONGEST_SUMMARY),
      source: stage === undefined ? about.app : `${about.app}/${stage}`,
      severity: alarm.severity,
      timestamp: new Date(at).toISOString(),
      group: about.app,
      ...(stage !== undefined && { component: stage }),
      custom_details: details(about, digests),
    },
    links,
    client: 'Sluice',
    client_url: links[0]?.href,
  })
}

/** Says that the application's last stage runs something new; it wakes nobody. */
export function sendChange(
  to: PagerDutyKey,
  { about, stage, at }: { about: About; stage: string; at: number },
  { links, digests }: Context,
): Promise<Verdict> {
  return send(to, 'change/enqueue', {
    routing_key: to.routingKey,
    payload: {
      summary: cut(`${about.app} ${about.tag} is released to ${stage}`, LONGEST_SUMMARY),
      source: `${about.app}/${stage}`,
      timestamp: new Date(at).toISOString(),
      custom_details: details(about, digests),
    },
    links,
  })
}

function details({ tag, release, attempt }: About, digests: Record<string, Digest>) {
  return { tag, release, attempt, digests }
}

async function send({ url }: PagerDutyKey, path: string, body: object): Promise<Verdict> {
  return judgePagerDuty(await post(`${url}/v2/${path}`, body))
}
