import { isDeepStrictEqual } from 'node:util'
import { openDeployments } from '../../../functions/aws/deployments.ts'
import { everybody, nobody } from '../approvers.ts'
import { failStep } from '../fault.ts'
import type { Stagehand } from '../stagehand.ts'
import { lastStage, servedThere, startingNoTask, untilAsked } from './last-stage.ts'
import { pushing, type Scenario } from './scenario.ts'

const SHARED_WITHIN_MS = 3_600_000

const REASON = 'customers cannot pay'

const AFTERWARDS: Scenario = {
  shows: 'a person takes a released version back: it is deployed back, and no user notices',
  about: 'rollback',
  outcome: 'rolled-back',
  executions: 1,
  async play(hand) {
    const before = await servedThere(hand)
    hand.push('v2')
    await hand.untilEnded(1)
    return rollBackTo(hand, before)
  },
}

/** The ways back: by itself, and because a person wants it. */
export const ROLLBACKS: Record<string, Scenario> = {
  'failed-in-production': {
    shows: 'a version that only production shows to be bad goes back there by itself, and stays in staging',
    outcome: 'rolled-back',
    executions: 1,
    play: pushing('v2-failing-production'),
  },
  'rollback-fails': {
    shows:
      'a bad version, and it cannot be seen what serves after the rollback: the stage is blocked, the next push too',
    outcome: 'rollback-failed',
    executions: 2,
    blocks: true,
    async play(hand) {
      hand.push('v2-failing-production')
      await hand.untilAt(lastStage(hand), 'DeployNewVersion', 0)
      const mend = failStep(hand.world, 'VerifyDeployment')
      await hand.untilEnded(1)
      mend()
      hand.push('v3')
      const [, next] = await hand.untilEnded(2)
      const { outcome, reason = '' } = next?.end ?? {}
      return [
        ...(outcome === 'failed' ? [] : [`the next push ended ${outcome}, not failed`]),
        ...(reason.includes('sluice unlock') ? [] : [`the next push does not name sluice unlock: ${reason}`]),
        ...(isPagedCritically(hand) ? [] : ['PagerDuty has no critical incident']),
      ]
    },
  },
  'manual-rollback': AFTERWARDS,
  'rollback-at-approval': {
    shows: 'a person takes production back while the next version waits for approval: that is asked about anew',
    about: 'rollback',
    outcome: 'rolled-back',
    executions: 2,
    needs: 'approval',
    async play(hand) {
      const before = await servedThere(hand)
      hand.push('v2')
      await hand.untilEnded(1)
      hand.approvers.answering = nobody
      hand.push('v3')
      await untilAsked(hand, 2)
      // Whoever is asked anew says no.
      hand.approvers.answering = () => ({ decision: 'reject', comment: 'let us look first' })
      const misses = await rollBackTo(hand, before)
      await untilAsked(hand, 3)
      const [, next] = await hand.untilEnded(2)
      return [
        ...misses,
        ...(next?.end?.outcome === 'rejected' ? [] : [`the waiting release ended ${next?.end?.outcome}`]),
      ]
    },
  },
  'rollback-at-deploy': {
    shows: 'a person takes production back while a version is being deployed there',
    outcome: 'rolled-back',
    executions: 1,
    async play(hand) {
      const before = await servedThere(hand)
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'DeployNewVersion', 10_000)
      return rollBackTo(hand, before)
    },
  },
  'rollback-at-smoke': {
    shows: 'a person takes production back while its smoke tests run',
    about: 'rollback',
    outcome: 'rolled-back',
    executions: 1,
    play: backWhenInvoked('RunSmokeTests'),
  },
  'rollback-before-traffic': {
    shows: 'a person takes production back before green has any user: no task is started',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(backWhenInvoked('RunSmokeTests')),
  },
  'rollback-at-shift': {
    shows: 'a person takes production back when the first users have come to green: no task is started',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(async hand => {
      const before = await servedThere(hand)
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'DeployNewVersion', 0)
      await untilShared(hand)
      return rollBackTo(hand, before)
    }),
  },
  'rollback-at-watch': {
    shows: 'a person takes production back while green is watched: no task is started',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(async hand => {
      const before = await servedThere(hand)
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'WatchAlarms', 60_000)
      return rollBackTo(hand, before)
    }),
  },
  'rollback-after': AFTERWARDS,
  'rollback-again': {
    shows: 'a person takes one release back, and then the one before it',
    about: 'rollback',
    outcome: 'rolled-back',
    executions: 2,
    async play(hand) {
      const first = await servedThere(hand)
      hand.push('v2')
      await hand.untilEnded(1)
      const second = await servedThere(hand)
      hand.push('v3')
      await hand.untilEnded(2)
      return [...(await rollBackTo(hand, second)), ...(await rollBackTo(hand, first))]
    },
  },
  'rollback-first-release': {
    shows: 'a person wants production back before anything was released there: that is refused, and says why',
    outcome: null,
    executions: 0,
    async play(hand) {
      const asked = await hand.rollBack({ stage: lastStage(hand), reason: REASON })
      const [end] = await hand.untilOver([asked])
      const isRefused = end?.status === 'FAILED' && end.outcome === 'refused'
      const isTold = end?.cause.includes('nothing to go back to')
      return isRefused && isTold ? [] : [`the rollback ended ${end?.status} with ${end?.outcome}: ${end?.cause}`]
    },
  },
  'rollback-twice': {
    shows: 'two people take production back at once: one rollback, and both learn of it',
    outcome: 'rolled-back',
    executions: 1,
    async play(hand) {
      const before = await servedThere(hand)
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'DeployNewVersion', 10_000)
      return rollBackTo(hand, before, 2)
    },
  },
}

/** Pushes, and asks for a rollback when the last stage comes to that step. */
function backWhenInvoked(step: string): Scenario['play'] {
  return async hand => {
    const before = await servedThere(hand)
    hand.push('v2')
    await hand.untilAt(lastStage(hand), 'DeployNewVersion', 0)
    await whenInvoked(hand, step)
    return rollBackTo(hand, before)
  }
}

/** Resolves as soon as a green of the last stage has users. */
async function untilShared({ world: { application, rehearsal }, approvers }: Stagehand): Promise<void> {
  const { clock } = rehearsal
  const { cluster = '', services = [] } = application.stages.at(-1) ?? {}
  const deadline = clock.now() + SHARED_WITHIN_MS
  for (;;) {
    await approvers.attend()
    const open = await clock.during('look at the users', () =>
      Promise.all(services.map(({ service }) => openDeployments(cluster, service))),
    )
    if (open.flat().some(({ share }) => share > 0)) return
    if (clock.now() > deadline) throw new Error('no green has got users')
    await clock.sleep(1_000)
  }
}

/** Asks for that many rollbacks at once, waits for their ends, and says what is not as it should be. */
async function rollBackTo(hand: Stagehand, before: object, requests = 1): Promise<string[]> {
  const stage = lastStage(hand)
  const asked = await Promise.all(Array.from({ length: requests }, () => hand.rollBack({ stage, reason: REASON })))
  const ends = await hand.untilOver(asked)
  if (hand.approvers.answering === everybody) await hand.untilEnded(1)
  const told = ends.filter(({ status, outcome }) => status !== 'SUCCEEDED' || outcome !== 'rolled-back')
  return [
    ...told.map(({ status, outcome }) => `a rollback ended ${status} with ${outcome}`),
    ...(isDeepStrictEqual(await servedThere(hand), before) ? [] : [`${stage} does not serve what it served before`]),
  ]
}

/** Resolves when that step's function is called the next time. */
async function whenInvoked({ world: { rehearsal } }: Stagehand, step: string): Promise<void> {
  const { lambda } = rehearsal
  const faults = lambda.faults
  await new Promise<void>(resolve => {
    lambda.faults = (version, payload) => {
      if (version.name.includes(step)) resolve()
      return faults(version, payload)
    }
  })
  lambda.faults = faults
}

function isPagedCritically({ world: { rehearsal } }: Stagehand): boolean {
  return rehearsal.pagerDuty
    .incidents()
    .some(({ status, severity }) => status === 'triggered' && severity === 'critical')
}
