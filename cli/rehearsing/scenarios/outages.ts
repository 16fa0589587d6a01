import type { Outcome } from '../../../domain/outcome.ts'
import type { ReleaseView } from '../../../functions/view/release-view.ts'
import type { Rehearsal } from '../../../rehearsal/index.ts'
import { nobody } from '../approvers.ts'
import { untilTold } from '../told.ts'
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
    slack: (_method, _call, minutes) => (minutes < 4 || (minutes > 18 && minutes < 20) ? { status: 500 } : 'normal'),
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
      const releases = await hand.untilEnded(2)
      await untilTold(hand)
      const amiss = amissAtPagerDuty(hand.world.rehearsal, releases)
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
    needs: 'approval',
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
      const releases = await hand.untilEnded(1)
      await untilTold(hand)
      return amissAtPagerDuty(hand.world.rehearsal, releases)
    },
  }
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
