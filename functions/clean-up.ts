import * as z from 'zod'
import { ecsDeploymentStateChange } from '../events/ecs-deployment-state-change.ts'
import { ecsHookStateChange } from '../events/ecs-hook-state-change.ts'
import { executionStatusChange } from '../events/execution-status-change.ts'
import { scheduledEvent } from '../events/scheduled-event.ts'
import { givesBack } from './after/give-back.ts'
import { writesImageParameters } from './after/image-parameters.ts'
import { invalidatesCaches } from './after/perform.ts'
import { settleExecution } from './clean-up/executions.ts'
import { settleAll } from './clean-up/look.ts'
import { settleService } from './clean-up/services.ts'
import { continuesDeployments } from './deploying/permissions.ts'
import {
  announces,
  type Needs,
  readsExecutions,
  readsTaskDefinitions,
  startsExecutions,
  TELLING,
  tells,
  usesTable,
} from './permissions.ts'
import { logger, wrapped } from './step.ts'
import { tellUnsent } from './tell.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    announces(site),
    startsExecutions(site.rollbackMachine),
    readsExecutions(site),
    readsTaskDefinitions,
    ...givesBack(site),
    continuesDeployments(site),
    ...invalidatesCaches(site),
    ...writesImageParameters(site),
    tells(site),
  ],
  environment: site => ({ ROLLBACK_MACHINE: site.rollbackVersion, ...TELLING(site) }),
  applications: true,
  unused: {
    'dynamodb:UpdateItem': 'a way back that was itself begun by a clean-up would have to be cut short, too',
    'ecs:ContinueServiceDeployment':
      "somebody's own deployment meets Sluice's pauses after the release is gone: no rehearsal has one",
    'ecs:UpdateService':
      'pauses are taken off after the stage where CloseStage could not, or an execution ended before it',
    'cloudfront:CreateInvalidation':
      'CloseStage would have to be cut short between the end of its stage and what comes after',
    'ssm:GetParameter': 'CloseStage would have to be cut short between the end of its stage and what comes after',
    'ssm:PutParameter': 'CloseStage would have to be cut short between the end of its stage and what comes after',
  },
  seldom: {
    'events:PutEvents': 'an execution would have to end between the end of its stage and the release of its lock',
  },
}

/** What may have been left behind: by an execution that has ended, at a service (ARN) with whose deployments something happened, or anything of which no event has told. */
const heard = z.union([
  scheduledEvent.transform(() => ({ kind: 'look' as const })),
  executionStatusChange.transform(({ detail }) => ({ kind: 'execution' as const, detail })),
  ecsHookStateChange.transform(({ resources, detail: { serviceArn: arn, eventName, hookId } }) => {
    const pause = eventName === 'HOOK_AWAITING_ACTION' ? { deployment: resources[0], hookId } : undefined
    return { kind: 'service' as const, arn, pause }
  }),
  ecsDeploymentStateChange.transform(({ resources }) => ({
    ...{ kind: 'service' as const, arn: resources[0] },
    pause: undefined,
  })),
])

/**
 * After it, nothing is left behind: no stage is held by an execution that has ended, unless a way back sees to that; nobody
 * else's deployment waits at a pause of Sluice's; there is none on a service that nobody deploys; and no message waits to be sent.
 */
export const handler = wrapped('CleanUp', async (event: unknown): Promise<void> => {
  const { data, error } = heard.safeParse(event)
  if (!data) return malformed(event, error?.issues)
  if (data.kind === 'look') return look()
  if (data.kind === 'service') return logger.info('settled', await settleService(data.arn, data.pause))
  const settled = await settleExecution(data.detail)
  if (!settled) return malformed(event)
  logger.info('settled', { execution: data.detail.executionArn, ...settled })
})

/** What was to be told is told also where something cannot be settled, and the other way round. */
async function look(): Promise<void> {
  const [settled, sent] = await Promise.allSettled([settleAll(), tellUnsent()])
  if (settled.status === 'rejected') throw settled.reason
  if (sent.status === 'rejected') throw sent.reason
  logger.info('looked for what was left behind', { settled: settled.value, sent: sent.value })
}

function malformed(event: unknown, problems: z.core.$ZodIssue[] = []): void {
  logger.error('malformed event: nothing settled', { problems, event })
}
