import * as z from 'zod'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { leastOf } from '../domain/watch.ts'
import { assertLease } from './aws/lock.ts'
import { answer, type Leg, lookAtGreens } from './blue-green/leg.ts'
import { arnsOf, type NewVersion, readNewVersion } from './deploying/new-version.ts'
import { continuesDeployments } from './deploying/permissions.ts'
import { failed } from './failure.ts'
import { answersTasks, followsDeployments, type Needs, TELLING, tells, usesTable } from './permissions.ts'
import { done } from './step.ts'
import { tellUntilSent } from './tell.ts'
import { waiting, waitingStep } from './waiting-step.ts'
import { lookAtAlarms, ringing } from './watching/alarms.ts'
import { readsAlarms } from './watching/permissions.ts'

export const needs: Needs = {
  timeoutSeconds: 15,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'DeleteItem'),
    followsDeployments(site),
    continuesDeployments(site),
    readsAlarms,
    answersTasks([site.releaseMachine]),
    tells(site),
  ],
  environment: TELLING,
}

/** `shift`: 0 leaves the tests behind; each later one gives green users. */
const input = heldStage.extend({ shift: z.int().min(0) })

const legOf = (shift: number): Leg =>
  shift === 0
    ? {
        from: 'POST_TEST_TRAFFIC_SHIFT',
        to: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
        by: 'shift-0',
        late: 'was not ready for its users',
      }
    : {
        from: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
        to: 'POST_PRODUCTION_TRAFFIC_SHIFT',
        by: `shift-${shift}`,
        late: 'did not have its users',
      }

/**
 * After shift 0: every green has left the tests behind and waits for its users. After shift 1: every green has all of them and
 * blue is still warm; it went group by group, and no alarm rang meanwhile.
 */
export const handler = waitingStep({
  name: 'ShiftTraffic',
  input,
  begin: async ({ shift, ...of }) => {
    const version = await readNewVersion(of)
    const alarms = shift > 0 ? await lookAtAlarms(version.stage) : []
    return [...arnsOf(version, version.greens), ...alarms.flatMap(({ arn }) => arn ?? [])]
  },
  check: async ({ shift, ...of }, { now, entered }) => {
    await assertLease(of)
    const version = await readNewVersion(of)
    const groups = shift === 0 ? [version.greens.flat()] : version.greens
    const leg = legOf(shift)
    const looked = await lookAtGreens(of, version, groups, leg, {
      now,
      since: entered,
      within: version.stage.deploy.within,
    })
    if (looked.kind === 'failed') return looked
    const rings = shift > 0 ? await ringing(of, version.stage) : undefined
    if (rings) return failed('WatchFailed', `${of.stage}: ${rings}`)
    if (looked.kind === 'there') return shift === 0 ? done({ kind: 'shifting', shift: 1 }) : shifted(of, version, shift)
    for (const { service, stand } of looked.paused) await answer(of, service, leg, stand)
    return waiting(`${looked.open.map(({ service }) => service).join(', ')} to go on`)
  },
})

/** From here on it is watched with all its users, which people are told. */
async function shifted(of: HeldStage, { plan, stage, greens }: NewVersion, shift: number) {
  const watchFor = stage.watch && { watchFor: leastOf(stage.watch) }
  if (greens.length > 0)
    await tellUntilSent({ ...of, tag: plan.tag }, { kind: 'traffic-shifted', stage: stage.name, ...watchFor })
  return done({ kind: 'shifted', shift })
}
