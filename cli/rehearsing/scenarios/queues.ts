import { approvalsOf } from '../../../functions/aws/approvals.ts'
import { readStageEnd } from '../../../functions/aws/ledger.ts'
import type { ReleaseView } from '../../../functions/view/release-view.ts'
import { everybody, nobody } from '../approvers.ts'
import type { Announced, Stagehand } from '../stagehand.ts'
import { lastStage, untilAsked } from './last-stage.ts'
import type { Scenario } from './scenario.ts'

const HOUR_MS = 3_600_000
/** Longer than any look for pushes that were missed. */
const LONG_ENOUGH_MS = 45 * 60_000

/** Versions that all work, each under a tag that is no part of another's. */
const THREE = [
  { version: 'v2', tag: 'v2' },
  { version: 'v2-slow-migration', tag: 'v4' },
  { version: 'v3', tag: 'v3' },
] as const

/** What several releases of one application mean to each other. */
export const QUEUES: Record<string, Scenario> = {
  queued: {
    shows: 'three versions are pushed; each waits at the gate until the one before it is released there',
    about: 2,
    outcome: 'released',
    executions: 3,
    needs: 'queue',
    answering: nobody,
    drive: 'jump',
    usersPerSecond: 0.1,
    async play(hand) {
      const { clock } = hand.world.rehearsal
      for (const { version, tag } of THREE) {
        push(hand, version, tag)
        await clock.sleep(5_000)
      }
      await untilAsked(hand, 1)
      await clock.sleep(2 * HOUR_MS)
      const waiting = saysNot(await hand.views())
      const asked = hand.approvers.links().length
      await approveAll(hand)
      const releases = await hand.untilEnded(3)
      const each =
        asked * 3 === hand.approvers.links().length ? [] : ['somebody was asked before it was their turn, or twice']
      return [...waiting, ...each, ...(await outOfOrder(hand, releases))]
    },
  },
  'rejected-push': {
    shows: 'a version is pushed while another is under way: it is refused, and nothing starts it later',
    outcome: 'released',
    executions: 1,
    needs: 'reject',
    answering: nobody,
    drive: 'jump',
    usersPerSecond: 0.1,
    async play(hand) {
      const { clock, events } = hand.world.rehearsal
      push(hand, 'v2', 'v2')
      await untilAsked(hand, 1)
      const pushes: Announced[] = []
      events.faults = event => {
        if (event.detail['image-tag'] === 'v3') pushes.push(event)
        return 'deliver'
      }
      push(hand, 'v3', 'v3')
      await clock.sleep(LONG_ENOUGH_MS)
      await approveAll(hand)
      await hand.untilEnded(1)
      for (const event of pushes) await hand.deliverAgain(event)
      await clock.sleep(LONG_ENOUGH_MS)
      return pushes.length > 0 ? [] : ['nobody heard of the second push']
    },
  },
  'three-at-the-gate': {
    shows: 'one deploys, one waits for it, a third comes: that one is released, and the two others give way to it',
    about: 2,
    outcome: 'released',
    executions: 3,
    needs: 'staging',
    answering: nobody,
    async play(hand) {
      const [stage = ''] = hand.world.application.stages.map(({ name }) => name)
      const [first, second, third] = THREE
      push(hand, first.version, first.tag)
      await hand.untilAt(stage, 'DeployNewVersion', 0)
      push(hand, second.version, second.tag)
      await hand.untilAt(stage, 'LockStage', 1_000)
      push(hand, third.version, third.tag)
      await untilAsked(hand, 2)
      await approveAll(hand)
      const [one, other, newest] = await hand.untilEnded(3)
      return [one, other].flatMap(view => {
        const { outcome, reason = '' } = view?.end ?? {}
        return outcome === 'superseded' && newest && reason.includes(newest.release)
          ? []
          : [`${view?.tag} ended ${outcome}: ${reason}; not superseded by ${newest?.release}`]
      })
    },
  },
}

function push({ world }: Stagehand, version: string, tag: string): void {
  for (const repository of Object.values(world.application.images)) world.push({ repository, version, tag })
}

/** All approve what they were asked, and what they will be asked. */
async function approveAll({ approvers }: Stagehand): Promise<void> {
  for (const link of approvers.links()) await approvers.answer(link, { decision: 'approve', comment: 'it is time' })
  approvers.answering = everybody
}

/** Who of those that wait does not say that the one before it goes first. */
function saysNot(releases: ReleaseView[]): string[] {
  return releases.slice(1).flatMap(({ tag, stages }, at) => {
    const turn = stages.at(-1)?.turn ?? 'nothing'
    return turn.includes(releases[at]?.release ?? '-') ? [] : [`${tag} says that it waits for ${turn}`]
  })
}

/** Who was not released, or whose approvers were asked before the release before it had left the last stage. */
async function outOfOrder(hand: Stagehand, releases: ReleaseView[]): Promise<string[]> {
  const stage = lastStage(hand)
  const amiss: string[] = []
  let leftAt = 0
  for (const view of releases) {
    const of = { ...view, stage }
    const [[asked], end] = await hand.world.rehearsal.clock.during('look at the ledger', () =>
      Promise.all([approvalsOf(of), readStageEnd(of)]),
    )
    if (view.end?.outcome !== 'released') amiss.push(`${view.tag} ended ${view.end?.outcome}: ${view.end?.reason}`)
    if ((asked?.askedAt ?? 0) < leftAt) amiss.push(`${view.tag} was asked about before it was its turn`)
    leftAt = end?.at ?? Number.POSITIVE_INFINITY
  }
  return amiss
}
