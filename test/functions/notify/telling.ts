import { randomUUID } from 'node:crypto'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { onTestFinished, vi } from 'vitest'
import type { Approval, Decision } from '../../../domain/approval.ts'
import type { Outcome } from '../../../domain/outcome.ts'
import type { ApprovalRule } from '../../../domain/people.ts'
import type { About, Transition } from '../../../events/notification.ts'
import { sqsEvent } from '../../../rehearsal/aws/sqs/event.ts'
import { createPagerDuty } from '../../../rehearsal/receivers/pager-duty.ts'
import type { ReceivingHost } from '../../../rehearsal/receivers/receiver.ts'
import { createSlack } from '../../../rehearsal/receivers/slack.ts'
import { planRelease, RELEASE, type Release } from '../release.ts'
import { type ApplicationFile, createWorld, type World } from '../world.ts'

export const ANA = 'U0000000ANA'
export const BO = 'U00000000BO'
export const CHANNEL = 'C0000DEPLOYS'
const OF = { app: 'demo', release: RELEASE, attempt: 1, stage: 'production' }
const ABOUT: About = { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2' }

interface Wishes {
  slack?: object
  pagerduty?: object
  approvers?: ApprovalRule['approvers']
  /** Beside or instead of the secrets that work. */
  secrets?: Record<string, string>
  file?: (file: ApplicationFile) => void
}

/** A release of `v2` that is planned, an application that tells it, and those who hear it. */
export async function telling(wishes: Wishes = {}) {
  const { approvers = [{ name: 'Ana', slack: ANA }] } = wishes
  const world = await createWorld(file => {
    const slack = wishes.slack ?? { channel: CHANNEL, secret: 'sluice/slack' }
    Object.assign(file.stages[0] ?? {}, { approval: { approvers } })
    Object.assign(file, { notify: { slack, pagerduty: wishes.pagerduty ?? { secret: 'sluice/pagerduty' } } })
    wishes.file?.(file)
  })
  const { slack, pagerDuty } = await receivers(world)
  const secrets = {
    'sluice/slack': JSON.stringify({ token: slack.workspace.token, url: `http://127.0.0.1:${slack.port}/api` }),
    'sluice/webhook': JSON.stringify({ webhook: `http://127.0.0.1:${slack.port}${slack.workspace.webhookPath}` }),
    'sluice/pagerduty': JSON.stringify({
      routingKey: '0123456789abcdef'.repeat(2),
      url: `http://127.0.0.1:${pagerDuty.port}`,
    }),
    'sluice/links': 'key',
    ...wishes.secrets,
  }
  for (const [Name, SecretString] of Object.entries(secrets))
    await world.ask(world.services.secrets, 'CreateSecret', { Name, SecretString, ClientRequestToken: randomUUID() })
  Object.assign(process.env, { PAGES_URL: 'https://pages.example', LINK_KEY: 'sluice/links' })
  const release = await planRelease(world)
  return { world, slack, pagerDuty, release, ...(await happenings(world, release, approvers)) }
}

async function receivers({ services: { clock } }: World) {
  const workspace = { token: 'xoxb-test', webhookPath: '/services/T/B/test', users: [ANA, BO] }
  const [slack, pagerDuty] = [createSlack({ clock, workspace }), createPagerDuty({ clock })]
  await Promise.all([slack.start(), pagerDuty.start()])
  onTestFinished(async () => {
    await Promise.all([slack.close(), pagerDuty.close()])
  })
  return { slack, pagerDuty }
}

/** What the release's own steps would have written. */
async function happenings(world: World, release: Release, approvers: ApprovalRule['approvers']) {
  const { recordApproval, changeApproval, readApproval } = await import('../../../functions/aws/approvals.ts')
  const { newLinkId, personalLink } = await import('../../../functions/approval/links.ts')
  const { decide } = await import('../../../functions/aws/decide.ts')
  const { records, plan, lease, changeLock } = release
  const key = { ...OF, round: 1 }
  const service = {
    ...{ service: 'demo-api', container: 'api', image: 'api', base: 't', digest: plan.digests.api ?? '' },
    live: { revision: 'r', taskDefinition: 't', digest: `sha256:${'30d4'.repeat(16)}` },
    differences: [],
  }
  const link = async (approver: string) => {
    const approval = await readApproval(key)
    return approval && personalLink(approval, approver)
  }
  return {
    link,
    asks: (required = 1) =>
      recordApproval({
        ...key,
        question: { ...OF, tag: plan.tag, services: [service] },
        hash: 'h',
        required,
        approvers: approvers.map(approver => ({ ...approver, link: newLinkId() })),
        askedAt: world.now(),
        expiresAt: world.now() + 24 * 3_600_000,
        decisions: [],
      }),
    decides: (approver: string, decision: Decision['decision'] = 'approve', comment = '') =>
      decide(key, { approver, decision, comment, how: 'slack', at: world.now() }),
    /** The question ends without a decision. */
    overtakes: (end: NonNullable<Approval['end']>) => changeApproval(key, asked => ({ next: { ...asked, end } })),
    holds: () => {
      const held = { holder: lease.holder, release: RELEASE, attempt: 1, since: world.now() }
      return changeLock(lock => ({ ...lock, fence: 1, held }))
    },
    ends: async (outcome: Outcome, reason = 'the planned digests were seen running') => {
      const end = { outcome, reason, at: world.now(), stage: OF.stage }
      await records.recordStageEnd(OF, end)
      await records.recordEnd(OF, end)
    },
  }
}

interface Heard {
  id?: string
  at?: number
  about?: Partial<About>
}

type Teller = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>

/** The queue in front of a function, as Lambda reads it. */
export function queueBefore(world: World, teller: Teller) {
  const { arn } = world.services.sqs.createQueue({ name: 'told', visibilityTimeout: 60 })
  const queue = world.services.sqs.queue(arn)
  if (!queue) throw new Error('there is no queue')
  const invoke = async (message: ReturnType<typeof queue.receive>[number]) => {
    const { batchItemFailures } = await world.invoke(teller, sqsEvent(arn, [message]))
    if (batchItemFailures.length === 0) queue.delete(message.receiptHandle)
  }
  /** What is visible now is handed over, each message in an invocation of its own, at once. */
  const poll = async () => {
    await Promise.all(queue.receive(10).map(invoke))
  }
  const put = (transition: Transition, { id, at = world.now(), about = {} }: Heard = {}) => {
    const stage = 'stage' in transition ? `/${transition.stage}` : ''
    const told = { id: id ?? `release/${transition.kind}${stage}`, at, about: { ...ABOUT, ...about }, transition }
    queue.send({ body: JSON.stringify(told), senderId: 'sns' })
  }
  return {
    poll,
    put,
    putText: (body: string) => void queue.send({ body, senderId: 'sns' }),
    /** Comes with a message that the topic sends now. Slack and people need their time between two of them. */
    hears: async (transition: Transition, heard: Heard = {}) => {
      await world.pass(5_000)
      put(transition, heard)
      await poll()
    },
    left: () => queue.count('visible') + queue.count('hidden'),
  }
}

export async function listening(wishes: Wishes = {}) {
  const told = await telling(wishes)
  const { handler } = await import('../../../functions/tell-slack.ts')
  return { ...told, ...queueBefore(told.world, handler) }
}

type Listening = Awaited<ReturnType<typeof listening>>

/** What stands in the channel, outside of threads. */
export const posts = ({ slack }: Listening) => slack.messages().filter(({ user, threadTs }) => !user && !threadTs)
export const replies = ({ slack }: Listening) => slack.messages().filter(({ threadTs }) => threadTs !== undefined)
export const direct = ({ slack }: Listening, user: string) => slack.messages().filter(message => message.user === user)

export const REQUESTED = { kind: 'approval-requested', stage: 'production', round: 1 } as const
export const STARTED = { kind: 'release-started' } as const
export const CHANGING = { kind: 'stage-started', stage: 'production' } as const
export const ENDED = { kind: 'release-ended', outcome: 'released', reason: 'every stage serves it' } as const

export async function paging(wishes: Wishes = {}) {
  const told = await telling(wishes)
  const { handler } = await import('../../../functions/tell-pager-duty.ts')
  return { ...told, ...queueBefore(told.world, handler) }
}

/** Everything that a reader sees of a message. */
export function seen(message: { text: string; blocks?: unknown[] | undefined } | undefined): string {
  return `${message?.text} ${JSON.stringify(message?.blocks ?? [])}`
}

/** The host answers like this; where it stays silent, whoever asked has no patience left as soon as it has got the request. */
export function answerWith(host: ReceivingHost, answers: ReceivingHost['answers']): void {
  let latest = new AbortController()
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    latest = new AbortController()
    return latest.signal
  })
  host.answers = (method, call) => {
    const reception = answers(method, call)
    const asking = latest
    if (typeof reception === 'string' && reception !== 'normal')
      setImmediate(() => asking.abort(new DOMException('nobody answered in time', 'TimeoutError')))
    return reception
  }
}
