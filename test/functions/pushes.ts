import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DescribeExecutionOutput, ListExecutionsOutput } from '@aws-sdk/client-sfn'
import type { Started } from '../../functions/start-attempt.ts'
import { sqsEvent } from '../../rehearsal/aws/sqs/event.ts'
import { loadRecords } from './release.ts'
import { createWorld, type World } from './world.ts'

/** An event as EventBridge delivers it. */
export const EXAMPLE = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../events/ecr-image-action.json'), 'utf8'),
)

export interface Told {
  tag?: string | undefined
  repository?: string
  action?: string
  result?: string
  at?: number
}

/** An application, nothing of which was ever released, and the function that hears of its pushes. */
export async function listening(file?: Parameters<typeof createWorld>[0]) {
  const world = await createWorld(file)
  const queue = createPushesQueue(world)
  const records = await loadRecords()
  const { handler } = await import('../../functions/start-release.ts')
  /** ECR's event of a push of `v2`, or as told. */
  const event = ({
    tag = 'v2',
    repository = 'demo-api',
    action = 'PUSH',
    result = 'SUCCESS',
    at = world.now(),
  }: Told) => ({
    ...EXAMPLE,
    time: new Date(at).toISOString(),
    detail: { ...EXAMPLE.detail, 'repository-name': repository, 'image-tag': tag, 'action-type': action, result },
  })
  return {
    world,
    records,
    event,
    hears: (told: Told = {}) => world.invoke(handler, event(told)),
    hearsRaw: (raw: unknown) => world.invoke(handler, raw),
    executions: () => executionsOf(world),
    /** Lets AWS time pass, and hands over what the queue shows then, each message by itself. */
    async comesBack(ms: number): Promise<Started[]> {
      await world.pass(ms)
      const started: Started[] = []
      for (const message of queue()?.receive(10) ?? []) {
        started.push(...(await world.invoke(handler, sqsEvent('arn:aws:sqs:eu-west-1:111122223333:pushes', [message]))))
        queue()?.delete(message.receiptHandle)
      }
      return started
    },
    waiting: () => queue()?.count('delayed') ?? 0,
  }
}

/** The queue through which pushes come back. */
export function createPushesQueue({ services: { sqs } }: World) {
  const { arn, url } = sqs.createQueue({ name: 'pushes' })
  process.env.PUSHES = url
  return () => sqs.queue(arn)
}

export const twoImages: Parameters<typeof createWorld>[0] = file => {
  file.images.web = 'demo-web'
  file.stages[0]?.services.push({ service: 'demo-web', container: 'web', image: 'web', strategy: 'rolling' })
}

/** The release machine's executions, the oldest first. */
async function executionsOf({ ask, services: { states }, machines }: World) {
  const { executions = [] } = await ask<ListExecutionsOutput>(states, 'ListExecutions', {
    stateMachineArn: machines.release,
  })
  const described = executions.map(({ executionArn }) =>
    ask<DescribeExecutionOutput>(states, 'DescribeExecution', { executionArn }),
  )
  return (await Promise.all(described)).toReversed()
}
