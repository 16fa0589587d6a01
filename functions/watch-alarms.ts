import { heldStage } from '../domain/identity.ts'
import { judgeWatch, type WatchDecision, type WatchResult } from '../domain/watch.ts'
import { assertLease } from './aws/lock.ts'
import { arnsOf, readNewVersion } from './deploying/new-version.ts'
import { failed } from './failure.ts'
import {
  answersTasks,
  type Needs,
  readsDeployments,
  readsTargetHealth,
  TELLING,
  tells,
  usesTable,
} from './permissions.ts'
import { done } from './step.ts'
import { tellUntilSent } from './tell.ts'
import { waiting, waitingStep } from './waiting-step.ts'
import { lookAtAlarms, rangSince } from './watching/alarms.ts'
import { look } from './watching/look.ts'
import { readsAlarmHistory, readsAlarms, readsMetrics, readsTargetGroups } from './watching/permissions.ts'

export const needs: Needs = {
  timeoutSeconds: 15,
  permissions: site => [
    usesTable(site, 'GetItem', 'PutItem', 'DeleteItem'),
    ...readsDeployments(site),
    readsTargetHealth,
    readsTargetGroups,
    readsAlarms,
    readsAlarmHistory,
    readsMetrics,
    answersTasks([site.releaseMachine]),
    tells(site),
  ],
  environment: TELLING,
  unused: {
    'cloudwatch:DescribeAlarmHistory':
      'an alarm would have to ring between two looks and be quiet again: no rehearsal has such a short one',
  },
}

/**
 * After it: the new version had its users for as long as the application file says, no alarm rang but those that a person let
 * pass, and few enough of its answers were errors; or nothing spoke against it, people were told what could not be seen, and
 * the file says that this is enough.
 */
export const handler = waitingStep({
  name: 'WatchAlarms',
  input: heldStage,
  begin: async of => {
    const version = await readNewVersion(of)
    const alarms = await lookAtAlarms(version.stage)
    return [...arnsOf(version, [...version.greens, ...version.rolling]), ...alarms.flatMap(({ arn }) => arn ?? [])]
  },
  check: async (of, { now, entered }) => {
    await assertLease(of)
    const version = await readNewVersion(of)
    const { stage, plan } = version
    const { watch } = stage
    if (!watch) throw new Error(`the application file names nothing to watch at ${stage.name}`)
    const judge = async () => {
      const looked = await look(of, version, { from: entered, now })
      if (looked.kind === 'failed') return looked
      const { facts } = looked
      return { kind: 'judged' as const, facts, decision: judgeWatch(facts, watch, { now, since: entered }) }
    }
    let judged = await judge()
    // What began to ring while it looked is seen by a second look, before anything ends well.
    if (judged.kind === 'judged' && ENDS_WELL.has(judged.decision.kind)) judged = await judge()
    if (judged.kind === 'failed') return judged
    const { decision, facts } = judged
    const rang = ENDS_WELL.has(decision.kind) && (await rangSince(entered, facts.alarms))
    if (rang) return failed('WatchFailed', `${stage.name}: ${rang}`)
    switch (decision.kind) {
      case 'failed':
        return failed('WatchFailed', `${stage.name}: ${decision.because}`)
      case 'watching':
        return waiting(decision.unclear.length > 0 ? decision.unclear.join('; ') : 'the watch to be over')
      case 'unclear':
        await tellUntilSent(
          { ...of, tag: plan.tag },
          { kind: 'trouble', stage: stage.name, because: `the watch ended and has not seen all: ${decision.because}` },
        )
    }
    const lifted = facts.alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name)
    return done<WatchResult>({
      alarms: facts.alarms.length,
      answers: facts.answers.map(({ service, requests, errors }) => ({ service, requests, errors })),
      ...(lifted.length > 0 && { lifted }),
      ...(decision.kind === 'unclear' && { unclear: decision.because }),
    })
  },
})

const ENDS_WELL = new Set<WatchDecision['kind']>(['clear', 'unclear'])
