import { GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs'
import type { Approval } from '../../../domain/approval.ts'
import type { Outcome } from '../../../domain/outcome.ts'
import { approvalsOf } from '../../../functions/aws/approvals.ts'
import type { ReleaseView } from '../../../functions/view/release-view.ts'
import type { Rehearsal } from '../../../rehearsal/index.ts'
import { nobody } from '../approvers.ts'
import type { Stagehand } from '../stagehand.ts'
import { lastStage } from './last-stage.ts'
import type { Scenario } from './scenario.ts'

/** How Slack meets each request, by the minutes since the push. */
export type SlackWeather = (method: string, call: number, minutes: number) => Reception
type Reception = ReturnType<Rehearsal['slack']['answers']>

/** Longer than Slack is down before: everybody has the question when it is answered. */
const THINKING_MS = 10 * 60_000

const SILENT: Record<string, Reception> = {
  'chat.postMessage 1': 'silence-after',
  'chat.postMessage 4': 'silence-after',
  'chat.update 2': 'silence',
}

const TROUBLED: Record<string, Reception> = {
  'enqueue 1': { status: 500 },
  'enqueue 2': { status: 429, retryAfter: 20 },
  'enqueue 3': 'silence-after',
  'change/enqueue 1': { status: 500 },
}

/** Those who tell people are down: the release goes on as if they were not, and everybody is told once in the end. */
export const OUTAGES: Record<string, Scenario> = {
  'slack-slows-down': releasedIn({
    shows: 'Slack asks to slow down again and again',
    slack: (_method, call) => (call % 3 === 1 ? { status: 429, retryAfter: 25 } : 'normal'),
  }),
  'slack-fails': releasedIn({
    shows: 'Slack answers 500 while the release starts, and again while it ends',
    slack: (_method, _call, minutes) => (minutes < 4 || (minutes > 11 && minutes < 13) ? { status: 500 } : 'normal'),
  }),
  'slack-silent': releasedIn({
    shows: 'Slack does not answer, whether it has posted the message or not',
    slack: (method, call) => SILENT[`${method} ${call}`] ?? 'normal',
  }),
  'pagerduty-fails': {
    shows: 'PagerDuty takes no page at first: a bad version in production, and then a good one',
    about: 1,
    outcome: 'released',
    executions: 2,
    usersPerSecond: 1,
    async play(hand) {
      hand.world.rehearsal.pagerDuty.answers = (method, call) => TROUBLED[`${method} ${call}`] ?? 'normal'
      hand.push('v2-failing-production')
      const [bad] = await hand.untilEnded(1)
      hand.push('v3')
      const amiss = await toldAmiss(hand, await hand.untilEnded(2))
      return bad?.end?.outcome === 'rolled-back' ? amiss : [`the bad version ended ${bad?.end?.outcome}`, ...amiss]
    },
  },
}

/** A good version is released in that weather; the approvers take their time. */
export function releasedIn({ shows, slack }: { shows: string; slack: SlackWeather }): Scenario {
  return {
    shows,
    outcome: 'released',
    executions: 1,
    needsApproval: true,
    answering: nobody,
    drive: 'jump',
    usersPerSecond: 1,
    async play(hand) {
      const { clock, slack: receiver } = hand.world.rehearsal
      const pushedAt = clock.now()
      receiver.answers = (method, call) => slack(method, call, (clock.now() - pushedAt) / 60_000)
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'RequestApproval', THINKING_MS)
      // Slack's lateness does not decide who is first.
      const links = hand.approvers.links().toSorted((a, b) => a.approver.localeCompare(b.approver))
      for (const link of links) await hand.approvers.answer(link, { decision: 'approve', comment: 'looks good' })
      return toldAmiss(hand, await hand.untilEnded(1))
    },
  }
}

/** Waits until nothing is left to be told, and says what people were not told, or not once. */
async function toldAmiss(hand: Stagehand, releases: ReleaseView[]): Promise<string[]> {
  const { rehearsal } = hand.world
  await untilTold(hand)
  const amiss = [...amissAtPagerDuty(rehearsal, releases), ...ringing(rehearsal)]
  for (const release of releases) {
    const asked = await rehearsal.clock.during('look at the approvals', () => questionsOf(release))
    amiss.push(...amissInChannel(rehearsal, release), ...amissForApprovers(rehearsal, release, asked))
  }
  return amiss
}

const UNTOLD: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
]

async function untilTold({ until, world: { rehearsal } }: Stagehand): Promise<void> {
  const sqs = new SQSClient({})
  const queues = Object.entries(rehearsal.stack.resources)
    .filter(([id, reference]) => /Tell\w+Queue[0-9A-F]{8}$/.test(id) && URL.canParse(reference))
    .map(([, url]) => url)
  if (queues.length === 0) throw new Error('the stack has no queues of what is to be told')
  // What the last state has told reaches its queue a moment later.
  await rehearsal.clock.sleep(1_000)
  await until('everybody to be told', async () => {
    for (const QueueUrl of queues) {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: UNTOLD }))
      if (Object.values(Attributes).some(count => count !== '0')) return undefined
    }
    return true
  })
}

async function questionsOf(release: ReleaseView): Promise<Approval[]> {
  const asked: Approval[] = []
  for (const { name } of release.stages) asked.push(...(await approvalsOf({ ...release, stage: name })))
  return asked
}

/** How the one message of a release says that it ended. */
const ENDS: Partial<Record<Outcome, string>> = { released: 'is released', 'rolled-back': 'was rolled back' }

function amissInChannel({ slack }: Rehearsal, { tag, end }: ReleaseView): string[] {
  const told = slack.messages().filter(({ user }) => user === undefined)
  const posts = told.filter(({ threadTs, text }) => threadTs === undefined && text.includes(`\`${tag}\``))
  const [post] = posts
  if (!post || posts.length > 1) return [`the channel has ${posts.length} messages of ${tag}, not one`]
  const replies = told.filter(({ threadTs }) => threadTs === post.ts).map(({ text }) => text)
  const twice = replies.filter((text, at) => replies.indexOf(text) !== at)
  const ended = end && ENDS[end.outcome]
  return [
    ...(ended && post.text.includes(ended) ? [] : [`the message of ${tag} says: ${post.text}`]),
    ...(replies.length > 0 ? [] : [`the thread of ${tag} is empty`]),
    ...twice.map(text => `the thread of ${tag} says twice: ${text}`),
  ]
}

/** One message for each approver and round, where they want it. */
function amissForApprovers({ slack, mailbox }: Rehearsal, { tag }: ReleaseView, asked: Approval[]): string[] {
  const inboxes = [
    ...slack.messages().map(({ user, text }) => ({ of: user, text })),
    ...mailbox.map(({ to, subject }) => ({ of: to, text: subject })),
  ]
  const addresses = asked.flatMap(({ approvers }) => approvers.map(({ slack: user, email }) => user ?? email))
  return [...new Set(addresses)].flatMap(address => {
    const rounds = addresses.filter(other => other === address).length
    const got = inboxes.filter(({ of, text }) => of === address && text.includes(tag)).length
    return got === rounds ? [] : [`${address} got ${got} messages for ${rounds} questions about ${tag}`]
  })
}

/** One incident for each release that went back, which is over; and one change for each that did not. */
function amissAtPagerDuty({ pagerDuty }: Rehearsal, releases: ReleaseView[]): string[] {
  const count = (outcome: Outcome) => releases.filter(({ end }) => end?.outcome === outcome).length
  const incidents = pagerDuty.incidents()
  const changes = pagerDuty.events().filter(({ action }) => action === 'change').length
  return [
    ...(incidents.length === count('rolled-back') ? [] : [`PagerDuty has ${incidents.length} incidents`]),
    ...incidents
      .filter(({ status }) => status !== 'resolved')
      .map(({ summary }) => `PagerDuty's incident is still open: ${summary}`),
    ...(changes === count('released') ? [] : [`PagerDuty has ${changes} changes`]),
  ]
}

function ringing(rehearsal: Rehearsal): string[] {
  return rehearsal
    .alarms()
    .filter(({ state }) => state !== 'OK')
    .map(({ name, state }) => `alarm ${name} is ${state}`)
}
