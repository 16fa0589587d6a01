import * as z from 'zod'
import { duration } from './field.ts'

/** The people of an application: who is asked before a stage changes, and who is told what happens. */

const approver = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,39}$/u, {
        error: 'must be 1 to 40 letters, digits, spaces, ".", "-" and "\'", and begin with a letter or digit',
      })
      .describe('What people call the approver; unique in the stage.'),
    slack: z
      .string()
      .regex(/^[UW][A-Z0-9]{2,20}$/, { error: 'must be a Slack member id such as U012AB3CD; copy it from the profile' })
      .optional()
      .describe('Slack member id: the personal link comes as a direct message.'),
    email: z
      .email({ error: 'must be an e-mail address' })
      .max(254)
      .optional()
      .describe('Address: the personal link comes by e-mail, over SNS; the subscription has to be confirmed once.'),
  })
  .describe('Somebody who may decide. One of `slack` and `email` says where the personal link goes.')

export const approvalRule = z
  .strictObject({
    approvers: z.array(approver).min(1).max(10).describe('Who is asked. One who rejects ends the release.'),
    required: z.int().min(1).default(1).describe('How many of them must approve.'),
    expiresAfter: duration({ min: '5m', max: '720h' })
      .default(24 * 3_600_000)
      .describe('How long a question waits for its answers.'),
  })
  .describe('People who must agree before this stage is changed.')

const secretName = z
  .string()
  .regex(/^[A-Za-z0-9/_+=.@-]{1,256}$/, { error: 'must be the name of a secret in Secrets Manager' })

const slack = z
  .strictObject({
    mode: z
      .enum(['bot', 'webhook'])
      .default('bot')
      .describe('`bot` keeps one message per release and sends personal links; `webhook` only posts to its channel.'),
    channel: z
      .string()
      .regex(/^(#[\p{Ll}\p{N}_-]{1,80}|[CG][A-Z0-9]{2,20})$/u, {
        error: 'must be a channel such as "#deploys", or its id',
      })
      .optional()
      .describe('Where the bot posts; a webhook belongs to one channel and names none.'),
    secret: secretName.describe(
      'Secret with {"token": "xoxb-…"} of a bot (scopes chat:write, im:write, channels:history, im:history), or {"webhook": "https://…"}.',
    ),
  })
  .describe('One message per release in a Slack channel.')

const pagerduty = z
  .strictObject({
    secret: secretName.describe('Secret with {"routingKey": "…"} of an Events API v2 integration.'),
    on: z
      .array(z.enum(['rolled-back', 'rollback-failed', 'failed']))
      .min(1)
      .default(['rolled-back', 'rollback-failed', 'failed'])
      .describe('What somebody is paged for.'),
  })
  .describe('An incident for what goes wrong, a change event for each release of the last stage.')

export const notify = z
  .strictObject({ slack: slack.optional(), pagerduty: pagerduty.optional() })
  .describe('Who is told.')

export type ApprovalRule = z.infer<typeof approvalRule>
export type Approver = ApprovalRule['approvers'][number]
export type Notify = z.infer<typeof notify>

/** Adds a mistake: where, what stands there, and what to do. */
export type Refuse = (path: (string | number)[], input: unknown, message: string) => void

/** Everybody who is asked can be reached by one channel, and nobody decides twice under two names. */
export function checkApproval({ approvers, required }: ApprovalRule, { slack }: Notify, refuse: Refuse): void {
  // An empty list is refused as such.
  if (approvers.length > 0 && required > approvers.length)
    refuse(
      ['required'],
      required,
      `asks for more approvals than there are approvers; write at most ${approvers.length}`,
    )
  approvers.forEach((approver, at) => {
    const earlier = approvers.slice(0, at)
    const path = ['approvers', at]
    if (earlier.some(({ name }) => name === approver.name))
      refuse([...path, 'name'], approver.name, 'is listed twice; give each approver a name of their own')
    for (const channel of ['slack', 'email'] as const)
      if (
        approver[channel] &&
        earlier.some(other => other[channel]?.toLowerCase() === approver[channel]?.toLowerCase())
      )
        refuse([...path, channel], approver[channel], 'is another approver already; one person has one vote')
    if (!approver.slack && !approver.email)
      refuse(path, approver, 'has neither slack nor email; say where the personal link goes')
    if (approver.slack && approver.email)
      refuse(
        [...path, 'email'],
        approver.email,
        'is a second way beside slack; a personal link goes one way, take one out',
      )
    if (approver.slack && !slack)
      refuse(
        [...path, 'slack'],
        approver.slack,
        'needs notify.slack with a bot; write it, or give this approver an email',
      )
    if (approver.slack && slack?.mode === 'webhook')
      refuse(
        [...path, 'slack'],
        approver.slack,
        'cannot be asked: a webhook sends no direct messages; use a bot in notify.slack, or give this approver an email',
      )
  })
}

export function checkNotify({ slack }: Notify, refuse: Refuse): void {
  if (slack?.mode === 'bot' && slack.channel === undefined)
    refuse(['notify', 'slack', 'channel'], undefined, 'is missing; write the channel that the bot posts to')
  if (slack?.mode === 'webhook' && slack.channel !== undefined)
    refuse(
      ['notify', 'slack', 'channel'],
      slack.channel,
      'is not for a webhook, which belongs to one channel; take it out',
    )
}
