import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { mistakes, sentence } from '../../domain/invalid.ts'

const ANA = { name: 'Ana', slack: 'U012AB3CD' }
const BO = { name: 'Bo', email: 'bo@demo.example' }
const BOT = { channel: '#deploys', secret: 'sluice/slack' }

interface People {
  approval?: unknown
  notify?: unknown
}

/** Ana is asked by a bot, and Bo by e-mail; a test changes one thing of it. */
function fileWith({ approval = { approvers: [ANA, BO] }, notify = { slack: BOT } }: People = {}) {
  const services = [{ service: 'demo-api', container: 'api', image: 'api', strategy: 'rolling' }]
  return {
    app: 'demo',
    images: { api: 'demo-api' },
    trigger: { tags: '^v' },
    stages: [{ name: 'production', cluster: 'demo', services, approval }],
    notify,
  }
}

function linesOf(people: People): string[] {
  const file = fileWith(people)
  const parsed = applicationSchema.safeParse(file, { reportInput: true })
  return parsed.success ? [] : mistakes(parsed.error, file).map(sentence)
}

const approvers = (...all: object[]): People => ({ approval: { approvers: all } })
const slack = (more: object): People => ({ notify: { slack: more } })
const WEBHOOK = { mode: 'webhook', secret: 'sluice/webhook' }

test('one approval within a day is enough, and a bot tells, unless the file says otherwise', () => {
  const { stages, notify } = applicationSchema.parse(fileWith())
  expect(stages[0]?.approval).toEqual({ approvers: [ANA, BO], required: 1, expiresAfter: 24 * 3_600_000 })
  expect(notify).toEqual({ slack: { ...BOT, mode: 'bot' } })
})

test('somebody is paged for all that goes wrong, unless the file says otherwise', () => {
  const { notify } = applicationSchema.parse(fileWith({ notify: { slack: BOT, pagerduty: { secret: 'pager' } } }))
  expect(notify.pagerduty?.on).toEqual(['rolled-back', 'rollback-failed', 'failed'])
})

test.each<[string, People]>([
  ['approvers who have only addresses, without Slack', { approval: { approvers: [BO] }, notify: {} }],
  ['a webhook, beside approvers who have addresses', { approval: { approvers: [BO] }, notify: { slack: WEBHOOK } }],
  ['a channel by its id', slack({ ...BOT, channel: 'C012AB3CD' })],
  ['all of whom must approve', { approval: { approvers: [ANA, BO], required: 2 } }],
])('an application file may have %s', (_, people) => {
  expect(linesOf(people)).toEqual([])
})

describe('approvers are refused', () => {
  const at = 'stages.0.approval'
  test.each<[string, People, string]>([
    [
      'when more must approve than there are',
      { approval: { approvers: [ANA, BO], required: 3 } },
      `${at}.required: 3: asks for more approvals than there are approvers; write at most 2`,
    ],
    [
      'when two have one name',
      approvers(ANA, { ...BO, name: 'Ana' }),
      `${at}.approvers.1.name: "Ana": is listed twice; give each approver a name of their own`,
    ],
    [
      'when two have one address, written in another case',
      approvers(BO, { name: 'Cy', email: 'Bo@Demo.example' }),
      `${at}.approvers.1.email: "Bo@Demo.example": is another approver already; one person has one vote`,
    ],
    [
      'when two are one member of Slack',
      approvers(ANA, { name: 'Cy', slack: ANA.slack }),
      `${at}.approvers.1.slack: "U012AB3CD": is another approver already; one person has one vote`,
    ],
    [
      'when one cannot be reached at all',
      approvers({ name: 'Cy' }),
      `${at}.approvers.0: {"name":"Cy"}: has neither slack nor email; say where the personal link goes`,
    ],
    [
      'when one would get a link twice',
      approvers({ ...ANA, email: 'ana@demo.example' }),
      `${at}.approvers.0.email: "ana@demo.example": is a second way beside slack; a personal link goes one way, take one out`,
    ],
    [
      'when Slack is to ask one and nobody said how to reach Slack',
      { ...approvers(ANA), notify: {} },
      `${at}.approvers.0.slack: "U012AB3CD": needs notify.slack with a bot; write it, or give this approver an email`,
    ],
    [
      'when a webhook is to ask one',
      { ...approvers(ANA), ...slack(WEBHOOK) },
      `${at}.approvers.0.slack: "U012AB3CD": cannot be asked: a webhook sends no direct messages; use a bot in notify.slack, or give this approver an email`,
    ],
    ['when there are none', approvers(), `${at}.approvers: []: must have at least 1 entry`],
    [
      'when nobody has to approve',
      { approval: { approvers: [BO], required: 0 } },
      `${at}.required: 0: must be at least 1`,
    ],
    [
      'when a question lasts shorter than people take',
      { approval: { approvers: [BO], expiresAfter: '4m' } },
      `${at}.expiresAfter: "4m": must be from 5m to 720h`,
    ],
    [
      'when a name could break a line of a mail',
      approvers({ ...BO, name: 'Bo\nCc: eve' }),
      `${at}.approvers.0.name: "Bo\\nCc: eve": must be 1 to 40 letters, digits, spaces, ".", "-" and "'", and begin with a letter or digit`,
    ],
    [
      'when a member is named as people call them',
      approvers({ name: 'Ana', slack: '@ana' }),
      `${at}.approvers.0.slack: "@ana": must be a Slack member id such as U012AB3CD; copy it from the profile`,
    ],
    [
      'when an address is none',
      approvers({ name: 'Bo', email: 'bo at demo' }),
      `${at}.approvers.0.email: "bo at demo": must be an e-mail address`,
    ],
  ])('%s', (_, people, line) => {
    expect(linesOf(people)).toEqual([line])
  })

  test('when there are more than ten', () => {
    const crowd = Array.from({ length: 11 }, (_, n) => ({ name: `Person ${n}`, email: `person-${n}@demo.example` }))
    expect(linesOf(approvers(...crowd))).toEqual([
      expect.stringMatching(/^stages.0.approval.approvers: .*: must have at most 10 entries$/),
    ])
  })
})

describe('who is told is refused', () => {
  test.each<[string, People, string]>([
    [
      'when a bot has no channel',
      slack({ secret: 'sluice/slack' }),
      'notify.slack.channel: nothing: is missing; write the channel that the bot posts to',
    ],
    [
      'when a webhook names a channel',
      { ...approvers(BO), ...slack({ ...WEBHOOK, channel: '#deploys' }) },
      'notify.slack.channel: "#deploys": is not for a webhook, which belongs to one channel; take it out',
    ],
    [
      'when a channel is none',
      slack({ ...BOT, channel: 'deploys' }),
      'notify.slack.channel: "deploys": must be a channel such as "#deploys", or its id',
    ],
    [
      'when a secret itself stands in its place',
      slack({ ...BOT, secret: 'xoxb 1' }),
      'notify.slack.secret: "xoxb 1": must be the name of a secret in Secrets Manager',
    ],
    [
      'when somebody is to be paged for nothing',
      { notify: { slack: BOT, pagerduty: { secret: 'pager', on: [] } } },
      'notify.pagerduty.on: []: must have at least 1 entry',
    ],
    [
      'when somebody is to be paged for what goes well',
      { notify: { slack: BOT, pagerduty: { secret: 'pager', on: ['released'] } } },
      'notify.pagerduty.on.0: "released": must be one of "rolled-back", "rollback-failed", "failed"',
    ],
  ])('%s', (_, people, line) => {
    expect(linesOf(people)).toEqual([line])
  })
})
