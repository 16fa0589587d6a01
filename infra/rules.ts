import { Duration } from 'aws-cdk-lib'
import { type EventPattern, type IRuleTarget, Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Construct } from 'constructs'
import { isRestorable } from '../domain/database-choice.ts'
import { changesOf } from '../events/cloudwatch-alarm-state-change.ts'
import { pushesTo } from '../events/ecr-image-action.ts'
import { deploymentsIn } from '../events/ecs-deployment-state-change.ts'
import { hooksIn } from '../events/ecs-hook-state-change.ts'
import { ownTasksIn, tasksIn } from '../events/ecs-task-state-change.ts'
import { endsOf } from '../events/execution-status-change.ts'
import { eventsOf } from '../events/rds-event.ts'
import { stageChangePattern } from '../events/stage-change.ts'
import type { Site } from '../functions/permissions.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { StepFunction } from './function.ts'
import { patternsFor } from './patterns.ts'

type Listener = 'StartRelease' | 'Wake' | 'CleanUp'

/** After how long it is of no use to anybody that an event arrives, or is tried again. */
const USELESS_AFTER: Record<Listener, Duration> = {
  // Whoever pushed has looked by then; a release that begins hours later would surprise them.
  StartRelease: Duration.hours(1),
  // By then every wait has looked by itself: no heartbeat is longer.
  Wake: Duration.hours(1),
  // Whoever waits for the stage waits for nothing else: as long as EventBridge tries, though a look comes before.
  CleanUp: Duration.hours(24),
}
/** Lambda keeps no event longer. */
const LONGEST_IN_LAMBDA = Duration.hours(6)

/** The listeners hear what concerns these applications and machines, and what they do not hear becomes a letter. */
export function listen(scope: Construct, site: Site, listeners: Record<Listener, StepFunction>, letters: DeadLetters) {
  const { applications, arn } = site
  for (const [name, listener] of Object.entries(listeners)) {
    const useless = USELESS_AFTER[name as Listener]
    const isShort = useless.toMilliseconds() < LONGEST_IN_LAMBDA.toMilliseconds()
    const maxEventAge = isShort ? useless : LONGEST_IN_LAMBDA
    listener.function.configureAsyncInvoke({ maxEventAge, retryAttempts: 2 })
  }
  const target = (name: Listener) => targetOf(listeners[name], USELESS_AFTER[name], letters)
  // CDK's type allows whole ARNs alone in `resources`; EventBridge takes prefixes there as anywhere.
  const on = (id: string, patterns: object[], ...hearing: Listener[]) =>
    patterns.forEach((pattern, n) => {
      const eventPattern = pattern as EventPattern
      new Rule(scope, n === 0 ? id : `${id}${n + 1}`, { eventPattern, targets: hearing.map(target) })
    })
  const each = (values: string[], patternOf: (values: string[]) => object) =>
    patternsFor(scope, [...new Set(values)], patternOf)
  const clusters = applications.flatMap(({ stages }) => stages.map(({ cluster }) => arn('ecs', `cluster/${cluster}`)))
  const repositories = applications.flatMap(({ images }) => Object.values(images))
  const alarms = applications.flatMap(({ stages }) => stages.flatMap(({ watch }) => watch?.alarms ?? []))
  on('ImagePushed', each(repositories, pushesTo), 'StartRelease')
  on('DeploymentEnded', each(clusters, deploymentsIn), 'Wake', 'CleanUp')
  on('HookChanged', each(clusters, hooksIn), 'Wake', 'CleanUp')
  on('TaskChanged', each(clusters, tasksIn), 'Wake')
  on('OwnTaskStopped', each(clusters, ownTasksIn), 'Wake')
  on('DatabaseChanged', each(databaseArns(site), eventsOf), 'Wake')
  on('AlarmChanged', each(alarms, changesOf), 'Wake')
  on('StageChanged', [stageChangePattern], 'Wake')
  on('ExecutionEnded', [endsOf([site.releaseMachine, site.rollbackMachine])], 'CleanUp')
  const looks = targetOf(listeners.CleanUp, LOOKING.uselessAfter, letters)
  new Rule(scope, 'LookForEnded', { schedule: Schedule.rate(LOOKING.every), targets: [looks] })
}

/** What no event has told is looked for this often; a look that is missed is made up for by the next. */
export const LOOKING: Recurrence = { every: Duration.minutes(15), uselessAfter: Duration.minutes(15) }

export interface Recurrence {
  every: Duration
  /** After how long a run that did not come about is left to the next. */
  uselessAfter: Duration
}

/** Runs the function again and again. */
export function recur(
  scope: Construct,
  id: string,
  run: StepFunction,
  { every, uselessAfter: maxEventAge }: Recurrence,
  letters: DeadLetters,
): void {
  run.function.configureAsyncInvoke({ maxEventAge, retryAttempts: 2 })
  new Rule(scope, id, { schedule: Schedule.rate(every), targets: [targetOf(run, maxEventAge, letters)] })
}

function targetOf(run: StepFunction, maxEventAge: Duration, letters: DeadLetters): IRuleTarget {
  return {
    // CDK's own dead-letter queue would add a statement to the queue's policy for every rule.
    bind: (rule, id) => ({
      ...new LambdaFunction(run.function, { maxEventAge }).bind(rule, id),
      deadLetterConfig: { arn: letters.undelivered.queueArn },
    }),
  }
}

/** What the ARNs of the databases that are backed up begin with, of those restored beside them, and of their snapshots; RDS writes all of them small. */
function databaseArns({ applications, arn }: Site): string[] {
  const backups = applications.flatMap(({ stages }) => stages.flatMap(({ backup }) => backup ?? []))
  return backups.flatMap(backup => {
    if (!isRestorable(backup)) return []
    const instance = arn('rds', `db:${backup.id.toLowerCase()}`)
    return backup.kind === 'rds-instance'
      ? [instance, arn('rds', 'snapshot:sluice-')]
      : [instance, arn('rds', `cluster:${backup.id.toLowerCase()}`), arn('rds', 'cluster-snapshot:sluice-')]
  })
}
