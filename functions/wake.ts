import * as z from 'zod'
import { cloudwatchAlarmStateChange } from '../events/cloudwatch-alarm-state-change.ts'
import { ecsDeploymentStateChange } from '../events/ecs-deployment-state-change.ts'
import { ecsHookStateChange } from '../events/ecs-hook-state-change.ts'
import { ecsTaskStateChange } from '../events/ecs-task-state-change.ts'
import { rdsEvent } from '../events/rds-event.ts'
import { stageChange } from '../events/stage-change.ts'
import { invokeLater } from './aws/lambda.ts'
import { stageResource, waitersFor } from './aws/waits.ts'
import { type Needs, usesTable } from './permissions.ts'
import { logger, wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    usesTable(site, 'Query'),
    {
      actions: ['lambda:InvokeFunction'],
      resources: site.waitingFunctions,
      because: 'each execution is woken in the version that it runs',
    },
  ],
}

/** Each event that can end a wait, as the resource whose waiters it wakes. */
const awakening = z.union([
  ecsDeploymentStateChange.transform(({ resources }) => resources[0]),
  ecsHookStateChange.transform(({ detail }) => detail.serviceArn),
  ecsTaskStateChange.transform(({ detail }) => taskResource(detail)),
  rdsEvent.transform(({ detail }) => detail.SourceArn),
  cloudwatchAlarmStateChange.transform(({ resources }) => resources[0]),
  stageChange.transform(({ detail }) => stageResource(detail.app, detail.stage)),
])

/** After it: every state that waits for the event's resource has been asked to look again. */
export const handler = wrapped('Wake', async (event: unknown): Promise<void> => {
  const resource = awakening.safeParse(event)
  if (!resource.success)
    return logger.error('malformed event: nobody woken', { problems: resource.error.issues, event })
  const waiters = await waitersFor(resource.data)
  for (const waiter of waiters)
    if (!(await invokeLater(waiter.functionArn, { check: waiter })))
      logger.warn('nobody can be woken in a version that is gone', { entry: waiter.entry, version: waiter.functionArn })
  logger.info('woken', { resource: resource.data, waiters: waiters.map(({ entry }) => entry) })
})

/** Whoever waits for a service waits for all its tasks; a task that runs by itself is waited for alone. */
function taskResource({ clusterArn, group, taskArn }: { clusterArn: string; group: string; taskArn: string }): string {
  if (!group.startsWith('service:')) return taskArn
  return `${clusterArn.replace(':cluster/', ':service/')}/${group.replace('service:', '')}`
}
