import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Answer, Exchange } from '../fleet/container.ts'
import { plainAnswer } from '../fleet/http.ts'
import { jsonAnswer, jsonOf, Receiver, type ReceivingHost } from './receiver.ts'

export interface PagerDutyEvent {
  action: 'trigger' | 'acknowledge' | 'resolve' | 'change'
  dedupKey?: string | undefined
  severity?: string | undefined
  /** Empty where an acknowledgement or a resolution has none. */
  summary: string
  /** AWS milliseconds. */
  at: number
  raw: unknown
}

export interface Incident {
  dedupKey: string
  /** One that somebody acknowledged is still `triggered`. */
  status: 'triggered' | 'resolved'
  severity: string
  summary: string
}

export interface PagerDuty extends ReceivingHost {
  /** All that was accepted, in order. */
  events(): PagerDutyEvent[]
  /** What the accepted events came to, in order of opening. */
  incidents(): Incident[]
}

/** events.pagerduty.com: Events API v2 by its documented rules, for whichever integration a routing key may name. */
export function createPagerDuty({ clock }: { clock: Clock }): PagerDuty {
  return new PagerDutyReceiver(clock)
}

const LARGEST_BYTES = 512 * 1024

const routingKey = z
  .string()
  .length(32, 'should be 32 characters')
  .regex(/^[a-z0-9]*$/i, 'cannot contain non-alphanumeric characters')
const dedupKey = z.string().min(1).max(255)
const summary = z.string().min(1).max(1024)
const links = z.array(z.object({ href: z.url(), text: z.string().optional() })).optional()
const images = z.array(z.object({ src: z.url({ protocol: /^https$/ }), href: z.url().optional() })).optional()
const change = z.object({
  routing_key: routingKey.regex(/^[^R]/, 'is the key of a ruleset, which takes no change events'),
  payload: z.object({ summary }),
  links,
})
const trigger = z.object({
  routing_key: routingKey,
  event_action: z.literal('trigger'),
  dedup_key: dedupKey.optional(),
  payload: z.object({ summary, source: z.string().min(1), severity: z.enum(['critical', 'error', 'warning', 'info']) }),
  links,
  images,
})
const followUp = z.object({
  routing_key: routingKey,
  event_action: z.enum(['acknowledge', 'resolve']),
  dedup_key: dedupKey,
})
const alert = z.discriminatedUnion('event_action', [trigger, followUp])

type Alert = z.infer<typeof alert>
const SCHEMAS = new Map<string, typeof alert | typeof change>([
  ['enqueue', alert],
  ['change/enqueue', change],
])

class PagerDutyReceiver extends Receiver implements PagerDuty {
  readonly #events: PagerDutyEvent[] = []
  readonly #incidents: (Incident & { routingKey: string })[] = []

  events(): PagerDutyEvent[] {
    return [...this.#events]
  }

  incidents(): Incident[] {
    return this.#incidents.map(({ routingKey, ...incident }) => incident)
  }

  protected methodOf(path: string): string {
    return path.replace(/^\/v2\//, '')
  }

  protected answer(method: string, { method: verb, body }: Exchange): Answer {
    const schema = SCHEMAS.get(method)
    if (!schema || verb !== 'POST') return this.#refuse(method, 404, 'Not Found')
    if (body.length > LARGEST_BYTES) return this.#refuse(method, 413, 'Request Entity Too Large')
    const raw = jsonOf(body.toString())
    if (raw === undefined) return this.#refuse(method, 400, 'Event object format is unrecognized', ['JSON parse error'])
    const { data, error } = schema.safeParse(raw)
    if (!data) {
      const faults = error.issues.map(({ path, message }) => `'${path.join('.')}' ${message}`)
      return this.#refuse(method, 400, 'Event object is invalid', faults)
    }
    const answer = { status: 'success', message: 'Event processed' }
    if ('event_action' in data) return jsonAnswer(202, { ...answer, dedup_key: this.#accept(data, raw) })
    this.#events.push({ action: 'change', summary: data.payload.summary, at: this.clock.now(), raw })
    return jsonAnswer(202, answer)
  }

  protected slowDown(seconds: number): Answer {
    const message = 'Requests for this service are arriving too quickly. Please retry later.'
    return jsonAnswer(429, { status: 'throttle exceeded', message }, { 'retry-after': String(seconds) })
  }

  /** The key of the incident. What follows up none that is open changes nothing, and nobody is told. */
  #accept(event: Alert, raw: unknown): string {
    const { event_action: action, routing_key: routingKey, dedup_key: dedupKey = randomUUID() } = event
    const at = this.clock.now()
    const open = this.#incidents.find(
      one => one.status === 'triggered' && one.dedupKey === dedupKey && one.routingKey === routingKey,
    )
    if (event.event_action === 'trigger') {
      const { severity, summary } = event.payload
      this.#events.push({ action, dedupKey, severity, summary, at, raw })
      if (!open) this.#incidents.push({ dedupKey, status: 'triggered', severity, summary, routingKey })
    } else {
      this.#events.push({ action, dedupKey, summary: '', at, raw })
      if (open && action === 'resolve') open.status = 'resolved'
    }
    return dedupKey
  }

  #refuse(method: string, status: number, message: string, errors: string[] = []): Answer {
    this.problems.push([`${method}: ${message}`, ...errors].join('; '))
    if (status !== 400) return plainAnswer(status, message)
    return jsonAnswer(400, { status: 'invalid event', message, errors })
  }
}
