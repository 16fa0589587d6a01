import type { Service, Stage } from '../domain/application.ts'
import { isOpen } from '../domain/deployment.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { type BackDecision, groupsBack, judgeBack } from '../domain/service-way-back.ts'
import { continueDeployment, type TargetedDeployment } from './aws/deployments.ts'
import { readService } from './aws/ecs.ts'
import { assertLease } from './aws/lock.ts'
import { readRestored, readSentBack } from './aws/stage-ledger.ts'
import { continuesDeployments, deploysServices, registersTaskDefinitions } from './deploying/permissions.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, readsDeployments, readsTasks, TELLING, tells, usesTable } from './permissions.ts'
import { sendBack } from './rollback/deploy-back.ts'
import { tellTroubleBack } from './rollback/telling.ts'
import { deploymentsOn, readWayBack, standingFor, type WayBackOf } from './rollback/way-back.ts'
import { called, readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { withTasks } from './stopped-tasks.ts'
import { type Moment, waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'PutItem', 'DeleteItem'),
    ...readsDeployments(site),
    ...readsTasks(site),
    ...registersTaskDefinitions(site),
    ...deploysServices(site),
    continuesDeployments(site),
    answersTasks([site.rollbackMachine]),
    tells(site),
  ],
  environment: TELLING,
  unused: {
    'ecs:ContinueServiceDeployment':
      'a way back that meets a pause of somebody else answers it: no rehearsal has owners with pauses',
    'ecs:ListTasks': 'says what became of the tasks of a way back that failed: no rehearsal lets the old version fail',
    'ecs:DescribeTasks':
      'says what became of the tasks of a way back that failed: no rehearsal lets the old version fail',
    'states:SendTaskFailure': 'the old version would have to fail: no rehearsal lets it',
    'sns:Publish':
      'StopDeployments has told of the way back; what else there is to say is of deployments that somebody else began meanwhile',
  },
}

/**
 * After it: every service that still had what is taken back was deployed back to its target; the last group first, and each
 * once the users of the one that came after it are back. A service that ECS took back by itself is left; one that has neither
 * belongs to somebody else and is left, too. A pause that meets a way back is answered: it waits for nobody.
 */
export const handler = waitingStep({
  name: 'RestorePrevious',
  input: heldStage,
  begin: async input =>
    Object.values((await readWayBack(input))?.services ?? {}).map(({ served }) => served.serviceArn),
  check: async (input, moment) => {
    await assertLease(input)
    const back = await readWayBack(input)
    if (!back) return done({ restored: 0 })
    const { stage } = await readStagePlan(input)
    const left: Left[] = []
    const ending: string[] = []
    let restored = 0
    for (const group of groupsBack(stage)) {
      const theirs = await sendAllBack(input, stage, group, back)
      left.push(...theirs.values())
      const open: string[] = []
      for (const service of group) {
        if (theirs.has(service.service)) continue
        const followed = await follow(input, stage, service, back, moment)
        if (followed.kind === 'failed')
          return failed('RollbackFailed', `${called(stage, service)}: the previous version ${followed.because}`)
        if (followed.kind !== 'left') restored++
        if (followed.kind === 'waiting') open.push(service.service)
        if (followed.kind === 'serving') ending.push(service.service)
      }
      if (open.length > 0) return waiting(`the previous version of ${open.join(', ')}`)
    }
    if (ending.length > 0) return waiting(`the end of what the users of ${ending.join(', ')} have left`)
    const named = (kind: Left['kind']) => left.flatMap(each => (each.kind === kind ? each.has : [])).join(', ')
    const [untouched, foreign] = [named('untouched'), named('foreign')]
    if (untouched)
      await tellTroubleBack(
        input,
        `${untouched}, which somebody else deployed before the release did; it is left alone`,
      )
    if (foreign) return failed('ForeignDeployment', `${foreign}, which somebody else deployed; it is left alone`)
    return done({ restored })
  },
})

/** A service that is somebody else's now. `has`: what it has, in a clause. */
interface Left {
  kind: 'foreign' | 'untouched'
  has: string
}

/** Those that are left, by their names. */
async function sendAllBack(
  input: HeldStage,
  stage: Stage,
  group: Service[],
  back: WayBackOf,
): Promise<Map<string, Left>> {
  const theirs = new Map<string, Left>()
  for (const service of group) {
    const target = back.services[service.service]
    const whose = target && (await sendBack(input, stage, service, back, target))
    if (whose?.kind === 'foreign' || whose?.kind === 'untouched')
      theirs.set(service.service, { kind: whose.kind, has: `${called(stage, service)} has ${whose.has}` })
  }
  return theirs
}

/** `left`: nothing is being deployed back here. */
async function follow(
  input: HeldStage,
  stage: Stage,
  { service }: Service,
  back: WayBackOf,
  { now, entered }: Moment,
): Promise<BackDecision | { kind: 'left' }> {
  const target = back.services[service]
  if (!target) return { kind: 'left' }
  const sent = await readRestored(input, service)
  const { taskDefinition: has = '' } = await readService(stage.cluster, service)
  const deployed = sent ?? (await standingFor(input, service, target, has))
  const found = await deploymentsOn(back, stage.cluster, service)
  const latest = found.find(({ taskDefinition }) => taskDefinition === deployed)
  // A rollback that was stopped, or a person, may have begun it.
  if (!sent && !(latest && isOpen(latest.status))) return { kind: 'left' }
  if (latest) await letThrough(input, service, latest)
  const sentAt = (await readSentBack(input, service)) ?? entered
  const decision = judgeBack(latest, { now, sentAt, within: stage.deploy.within })
  if (decision.kind !== 'failed') return decision
  return { kind: 'failed', because: await withTasks(stage.cluster, service, latest, decision.because) }
}

/** Sluice's own pauses are off by now: what is met is the owners'. */
async function letThrough(
  input: HeldStage,
  service: string,
  { arn, awaiting, lifecycleStage }: TargetedDeployment,
): Promise<void> {
  for (const hookId of awaiting) {
    await assertLease(input)
    await continueDeployment(arn, hookId)
  }
  if (awaiting.length > 0)
    await tellTroubleBack(input, `${service}: the pause at ${lifecycleStage} was answered: a way back waits for nobody`)
}
