import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Approval } from '../domain/approval.ts'
import type { Notify } from '../domain/people.ts'
import { slackBot, slackWebhook } from '../domain/secrets.ts'
import type { Notification } from '../events/notification.ts'
import { applications } from './applications.ts'
import { personalLink, releaseLink } from './approval/links.ts'
import { readApproval } from './aws/approvals.ts'
import { readPosting, recordRollbackEnd } from './aws/told.ts'
import { judgeWebhook } from './notify/answers.ts'
import { post } from './notify/ask.ts'
import { type Delivered, deliver, inTurn } from './notify/deliver.ts'
import { escaped, linked } from './notify/markup.ts'
import { channelMessage, directMessage, name, type SlackMessage } from './notify/message.ts'
import { keepCurrent, postOnce, sendOnce } from './notify/posting.ts'
import { readAs, readsSecrets } from './notify/secrets.ts'
import { Slack } from './notify/slack.ts'
import { readStanding } from './notify/standing.ts'
import { reply, sentenceOf } from './notify/thread.ts'
import { type Needs, SIGNING, signsLinks, usesTable, WATCHING, watchesReleases } from './permissions.ts'
import { wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 20,
  permissions: site => [
    usesTable(site, 'PutItem'),
    signsLinks(site),
    ...watchesReleases(site),
    ...readsSecrets(
      site,
      site.applications.flatMap(({ notify }) => notify.slack?.secret ?? []),
    ),
  ],
  environment: site => ({ ...SIGNING(site), ...WATCHING(site) }),
  applications: true,
}

/** After it: the release's message in Slack says what is true now, its thread tells this transition, and who is asked knows. */
export const handler = wrapped(
  'TellSlack',
  (event: SQSEvent): Promise<SQSBatchResponse> =>
    deliver(event, async told => {
      const slack = applications().find(({ app }) => app === told.about.app)?.notify.slack
      if (!slack) return { kind: 'nobody', because: 'the application tells nothing to Slack' }
      return slack.mode === 'webhook' ? byWebhook(told, slack.secret) : byBot(told, slack)
    }),
)

type SlackChannel = NonNullable<Notify['slack']>

interface Telling {
  told: Notification
  slack: Slack
  channel: string
  secret: string
  subject: string
}

async function byBot(told: Notification, { channel = '', secret }: SlackChannel): Promise<Delivered> {
  const bot = await readAs(slackBot, secret)
  if (bot.kind !== 'secret') return bot
  const telling: Telling = { told, slack: new Slack(bot.value), channel, secret, subject: subjectOf(told) }
  // Who is asked does not wait for the channel.
  return inTurn([() => tellApprovers(telling), () => tellChannel(telling)])
}

function subjectOf({ about }: Notification): string {
  return about.rollback ?? `${about.app}-${about.release}-${about.attempt}`
}

/** The one message, then the reply in its thread. */
async function tellChannel({ told, slack, channel, secret, subject }: Telling): Promise<Delivered> {
  const { about, transition } = told
  if (about.rollback !== undefined && transition.kind === 'rollback-ended')
    await recordRollbackEnd(about.rollback, transition)
  const stage = 'stage' in transition ? transition.stage : undefined
  const standing = await readStanding(about, stage)
  if (!standing) return { kind: 'nobody', because: 'the ledger knows no such release' }
  const link = await releaseLink(about)
  let justRead: typeof standing | undefined = standing
  const current = async () => {
    const now = justRead ?? (await readStanding(about, stage)) ?? standing
    justRead = undefined
    return channelMessage(now, link)
  }
  let shown: SlackMessage | undefined
  const posted = await postOnce(
    slack,
    { subject, message: 'MESSAGE' },
    {
      to: { channel },
      message: async () => {
        shown = await current()
        return shown
      },
      secret,
    },
  )
  if (posted.kind !== 'posted') return posted
  const { place, isNew } = posted
  return inTurn([
    () => keepCurrent(slack, place, current, isNew ? shown : undefined),
    async () => {
      const message = async () => reply(transition, standing.view, Date.now())
      const to = { channel: place.channel, thread: place.ts }
      return toldBy(await postOnce(slack, { subject, message: `REPLY#${told.id}` }, { to, message, secret }))
    },
  ])
}

const toldBy = (posted: Awaited<ReturnType<typeof postOnce>>): Delivered =>
  posted.kind === 'posted' ? { kind: 'told' } : posted

/** Each approver of the round with a Slack id: the personal link while it can be used, and afterwards what became of it. */
async function tellApprovers(telling: Telling): Promise<Delivered> {
  const { about, transition } = telling.told
  if (!('round' in transition)) return { kind: 'told' }
  const round = { ...about, stage: transition.stage, round: transition.round }
  const approval = await readApproval(round)
  const asked = approval?.approvers.filter(({ slack }) => slack !== undefined) ?? []
  return inTurn(
    asked.map(
      ({ name, slack = '' }) =>
        () =>
          tellApprover(telling, round, { name, user: slack }),
    ),
  )
}

async function tellApprover(
  { slack, secret, subject, told }: Telling,
  round: Parameters<typeof readApproval>[0],
  { name, user }: { name: string; user: string },
): Promise<Delivered> {
  const key = { subject, message: `DIRECT#${round.stage}#${round.round}#${name}` }
  const overview = await releaseLink(told.about)
  let seen: Approval | undefined
  const current = async () => {
    seen = (await readApproval(round)) ?? seen
    return seen ? directMessage(seen, name, await linkOf(seen, name, overview)) : { text: '', blocks: [] }
  }
  const standing = await readPosting(key)
  if (standing.kind === 'posted') return keepCurrent(slack, standing, current)
  const first = await current()
  const isOver = !seen || seen.end !== undefined || Date.now() >= seen.expiresAt
  // One that may have arrived has a button that leads nowhere any more.
  if (isOver && standing.kind === 'free') return { kind: 'told' }
  const direct = await slack.direct(user)
  if (direct.kind !== 'channel') return direct
  const posted = await postOnce(slack, key, { to: { channel: direct.id }, message: async () => first, secret })
  if (posted.kind !== 'posted') return posted
  return keepCurrent(slack, posted.place, current, posted.isNew ? first : undefined)
}

/** Whoever has nothing to decide any more is shown the release. */
async function linkOf(approval: Approval, approver: string, overview: string) {
  const isOpen = !approval.end && !approval.decisions.some(each => each.approver === approver)
  const personal = isOpen ? await personalLink(approval, approver) : undefined
  return { url: personal ?? overview, text: 'The release' }
}

/** A webhook cannot edit, so only what people would want to be called for is posted. */
const BY_WEBHOOK: Notification['transition']['kind'][] = [
  'release-started',
  'approval-requested',
  'rolling-back',
  'rollback-ended',
  'release-ended',
  'database-kept',
  'trouble',
]

/** What a webhook has posted cannot be looked for: an answer that never came means that it is posted again. */
async function byWebhook(told: Notification, secret: string): Promise<Delivered> {
  const { about, transition, id } = told
  if (!BY_WEBHOOK.includes(transition.kind)) return { kind: 'nobody', because: `a webhook tells no ${transition.kind}` }
  const target = await readAs(slackWebhook, secret)
  if (target.kind !== 'secret') return target
  const link = linked(await releaseLink(about), 'The release')
  const text = `*${escaped(about.app)} ${name(about.tag)}*: ${sentenceOf(transition)} ${link}`
  return sendOnce({ subject: subjectOf(told), message: `WEBHOOK#${id}` }, async () =>
    judgeWebhook(await post(target.value.webhook, { text, unfurl_links: false, unfurl_media: false })),
  )
}
