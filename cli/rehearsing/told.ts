import { GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs'
import type { Approval } from '../../domain/approval.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { approvalsOf } from '../../functions/aws/approvals.ts'
import type { ReleaseView } from '../../functions/view/release-view.ts'
import type { Rehearsal } from '../../rehearsal/index.ts'
import type { Stagehand } from './stagehand.ts'

/** Waits until nothing is left to be told, and says what people were not told, or not once. */
export async function toldAmiss(hand: Stagehand, releases: ReleaseView[], rings?: string): Promise<string[]> {
  const { application, rehearsal } = hand.world
  await untilTold(hand)
  const amiss = [...refusedBy(rehearsal), ...ringing(rehearsal, rings)]
  for (const release of releases) {
    if (application.notify.slack?.mode === 'bot') amiss.push(...amissInChannel(rehearsal, release))
    const attempts = releases.filter(({ tag }) => tag === release.tag)
    const asked = await rehearsal.clock.during('look at the approvals', () => questionsOf(attempts))
    amiss.push(...amissForApprovers(rehearsal, release, asked))
  }
  return amiss
}

/** What Slack or PagerDuty would not have taken. */
function refusedBy({ slack, pagerDuty }: Rehearsal): string[] {
  return [
    ...slack.problems.map(problem => `Slack: ${problem}`),
    ...pagerDuty.problems.map(problem => `PagerDuty: ${problem}`),
  ]
}

const UNTOLD: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
]

/** Waits until the queues of those who tell are empty. */
export async function untilTold({ until, world: { rehearsal } }: Stagehand): Promise<void> {
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

async function questionsOf(releases: ReleaseView[]): Promise<Approval[]> {
  const asked: Approval[] = []
  for (const release of releases)
    for (const { name } of release.stages) asked.push(...(await approvalsOf({ ...release, stage: name })))
  return asked
}

/** How the one message of an attempt says that it ended. */
export const ENDS: Record<Outcome, string> = {
  released: 'is released',
  'rolled-back': 'was rolled back',
  failed: 'failed',
  rejected: 'was rejected',
  expired: 'was not decided in time',
  superseded: 'gave way',
  aborted: 'was stopped',
  'rollback-failed': 'could not be taken back',
}

function amissInChannel({ slack }: Rehearsal, { tag, release, attempt, end }: ReleaseView): string[] {
  const another = new RegExp(`/(?!${release}-${attempt}\\b)[0-9a-f]{12}-\\d+`)
  const told = slack.messages().filter(({ user }) => user === undefined)
  const posts = told.filter(
    message => message.threadTs === undefined && isOf(message.text, tag) && !another.test(JSON.stringify(message)),
  )
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

/** A rollback that a person started has a message of its own, which names the release too. */
const isOf = (text: string, tag: string) => text.includes(`\`${tag}\``) && !text.includes('the rollback of')

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

/** Alarms of the stack, beside the one that is to ring; those of the application's owners may. */
function ringing(rehearsal: Rehearsal, expected?: string): string[] {
  const ours = new Set(Object.values(rehearsal.stack.resources))
  const unwell = rehearsal.alarms().filter(({ name, state }) => ours.has(name) && state !== 'OK')
  const isExpected = ({ name, state }: { name: string; state: string }) =>
    expected !== undefined && name.includes(expected) && state === 'ALARM'
  return [
    ...unwell.filter(alarm => !isExpected(alarm)).map(({ name, state }) => `alarm ${name} is ${state}`),
    ...(expected === undefined || unwell.some(isExpected) ? [] : [`alarm ${expected} does not ring`]),
  ]
}
