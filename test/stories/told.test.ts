import { describe, expect, test } from 'vitest'
import type { Report } from '../../cli/rehearsing/report.ts'
import { releasedIn, type SlackWeather } from '../../cli/rehearsing/scenarios/outages.ts'
import type { ReleaseView } from '../../functions/view/release-view.ts'
import { type Story, story, withDatabase } from './rehearsed.ts'

/** Whoever waits for an answer in vain waits in real time. */
const PATIENCE_MS = 180_000

function releaseWhile(slack: SlackWeather): Promise<Story> {
  return story('release', { ...withDatabase(), scenario: releasedIn({ shows: '', slack }) })
}

/** What people have in the end, in whatever order it came, and how long the release took. */
function endOf({ report, world: { rehearsal } }: Story) {
  const messages = rehearsal.slack.messages()
  return {
    posts: messages.filter(({ threadTs, user }) => !threadTs && !user).map(({ text }) => text),
    thread: messages.flatMap(({ threadTs, text }) => (threadTs ? [text] : [])).toSorted(),
    direct: messages.flatMap(({ user, text }) => (user ? [{ user, text }] : [])),
    times: timesOf(report),
  }
}

const timesOf = ({ stages, durationMs }: Report) => ({ steps: stages.map(({ steps }) => steps), durationMs })

let calm: Promise<ReturnType<typeof endOf>> | undefined
/** The same release while nobody is down. */
const asEver = () => (calm ??= releaseWhile(() => 'normal').then(endOf))

describe('people who are told of a release', () => {
  test('have one message of it, which says how it ended, and each transition once in its thread [P7.1a, P7.1c]', async () => {
    const told = await story('release', withDatabase())
    const { slack: _, ...others } = told.report.notifications
    expect(told.misses).toEqual([])
    expect(endOf(told)).toMatchObject({
      posts: ['✓ demo `v2` is released'],
      direct: [{ user: 'U01ANA', text: 'Release `v2` of demo to production? Approved: `approved by Ana`' }],
      thread: [
        'Ana approved production: `looks good`',
        'The approvers of production are asked.',
        'The release ended: released. `every stage serves the planned digests`',
        'The release started.',
        'production is being changed.',
        'production serves the new version.',
        'production: Approved: `approved by Ana`',
        'staging is being changed.',
        'staging serves the new version.',
      ],
    })
    expect(others).toEqual({
      email: [{ to: 'bo@demo.example', subject: 'Approve v2 of demo for production?' }],
      pagerduty: [{ action: 'change', summary: 'demo v2 is released to production' }],
    })
  })

  test(
    'have the same in the end when Slack fails, asks to slow down and stays silent, and the release takes not a second longer [P7.1f]',
    async () => {
      const told = await releaseWhile((method, call, minutes) => {
        if (minutes < 4 || (minutes > 11 && minutes < 13)) return { status: 500 }
        if (method === 'chat.postMessage' && call === 12) return 'silence-after'
        return call % 5 === 0 ? { status: 429, retryAfter: 25 } : 'normal'
      })
      expect(told.misses).toEqual([])
      expect(told.world.rehearsal.slack.messages().length).toBeGreaterThan(5)
      expect(endOf(told)).toEqual(await asEver())
    },
    PATIENCE_MS,
  )

  test(
    '(pagerduty-fails) are called once for a version that goes back, which takes not a second longer',
    async () => {
      const { misses, releases, world } = await story('pagerduty-fails')
      expect(misses).toEqual([])
      expect(world.rehearsal.pagerDuty.incidents()).toMatchObject([
        { dedupKey: 'sluice/demo/production', status: 'resolved' },
      ])
      const asEver = await story('failed-in-production')
      expect(durationOf(releases[0])).toBe(asEver.report.durationMs)
    },
    PATIENCE_MS,
  )

  test(
    'hear nothing more while Slack stays down: the release ends as ever, and an alarm rings for what is untold',
    async () => {
      const { report, misses } = await releaseWhile((_method, _call, minutes) =>
        minutes > 16 ? { status: 500 } : 'normal',
      )
      expect(report.outcome).toBe('released')
      expect(timesOf(report)).toEqual((await asEver()).times)
      expect(misses).toEqual([
        expect.stringMatching(/^alarm .*TellSlackUntold.* is ALARM$/),
        'the message of v2 says: ◐ demo `v2` is being released to production',
      ])
    },
    PATIENCE_MS,
  )
})

function durationOf({ startedAt = 0, stoppedAt = 0 }: Pick<ReleaseView, 'startedAt' | 'stoppedAt'> = {}): number {
  return stoppedAt - startedAt
}
