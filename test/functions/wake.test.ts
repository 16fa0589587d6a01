import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Waiter } from '../../functions/aws/waits.ts'
import { AwsError } from '../../rehearsal/aws/service.ts'
import { checkedRelease, loadRecords } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld, FUNCTION_ARN, type World } from './world.ts'

type Event = Record<string, unknown> & { detail: Record<string, unknown> }
const example = (name: string) =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, `../../events/${name}.json`), 'utf8')) as Event

const AT = 'eu-west-1:111122223333'
/** What the examples are about. */
const SERVICE = `arn:aws:ecs:${AT}:service/demo-production/demo-api`
const SNAPSHOT = `arn:aws:rds:${AT}:snapshot:sluice-demo-production-3f9c2b7a1d0e-1`
const ALARM = `arn:aws:cloudwatch:${AT}:alarm:demo-production-errors`
const LOCK = 'stage/demo/production'

interface Invoked {
  functionArn: string | undefined
  type: string | undefined
  payload: { check?: Waiter }
}

/** Lambda writes down what it is asked, and does it where a test says how. */
function recordInvocations(world: World, run = async (_: unknown) => {}): Invoked[] {
  const invoked: Invoked[] = []
  world.services.lambda.operations.Invoke = async input => {
    const payload = JSON.parse(Buffer.from(input.Payload).toString())
    invoked.push({ functionArn: input.FunctionName, type: input.InvocationType, payload })
    await run(payload)
    return { StatusCode: 202 }
  }
  return invoked
}

async function sleeping() {
  const world = await createWorld()
  const records = await loadRecords()
  const { handler } = await import('../../functions/wake.ts')
  const waits = async (resource: string, execution: string, version = 7): Promise<Waiter> => {
    const waiter = {
      ...{
        resource,
        resources: [resource],
        execution,
        entry: `${execution.split(':').at(-1)}#Step#production`,
        token: `token of ${execution}`,
      },
      ...{ functionArn: FUNCTION_ARN.replace(/7$/, String(version)), entered: '2026-11-20T09:00:00.000Z', retry: 0 },
      input: { app: 'demo', stage: 'production' },
    }
    await records.remember(waiter)
    return waiter
  }
  const invoked = recordInvocations(world)
  return { world, waits, invoked, wakes: (event: unknown) => world.invoke(handler, event) }
}

describe('an event', () => {
  test.each([
    ['that a deployment ended', 'ecs-deployment-state-change', SERVICE],
    ['that a pause waits for its answer', 'ecs-hook-state-change', SERVICE],
    ['that an alarm has changed', 'cloudwatch-alarm-state-change', ALARM],
    ['that a task changed', 'ecs-task-state-change', SERVICE],
    ['that a snapshot is there', 'rds-event', SNAPSHOT],
    ['that a stage has changed', 'stage-change', LOCK],
  ])('%s wakes who waits for just that, with what it takes to look [P3.4b]', async (_, name, resource) => {
    const { waits, invoked, wakes } = await sleeping()
    const waiter = await waits(resource, 'arn:first')
    for (const other of [SERVICE, LOCK, `${SERVICE}-2`, 'stage/demo/production-2'].filter(one => one !== resource))
      await waits(other, 'arn:first')
    await wakes(example(name))
    expect(invoked).toEqual([{ functionArn: waiter.functionArn, type: 'Event', payload: { check: waiter } }])
  })

  test('that a task of its own stopped wakes who waits for just that task', async () => {
    const { waits, invoked, wakes } = await sleeping()
    const event = example('ecs-task-state-change')
    const waiter = await waits(String(event.detail.taskArn), 'arn:first')
    await waits(SERVICE, 'arn:first')
    await wakes({ ...event, detail: { ...event.detail, group: 'family:demo-production-migrations' } })
    expect(invoked.map(({ payload }) => payload.check)).toEqual([waiter])
  })

  test('wakes each execution in the version of the function that it runs [P3.4b]', async () => {
    const { waits, invoked, wakes } = await sleeping()
    await waits(LOCK, 'arn:older', 3)
    await waits(LOCK, 'arn:newer', 8)
    await wakes(example('stage-change'))
    expect(invoked.map(({ functionArn }) => functionArn?.split(':').at(-1)).toSorted()).toEqual(['3', '8'])
  })

  test('wakes the others where one is left over of an execution whose version nobody has any more', async () => {
    const { world, waits, wakes } = await sleeping()
    const asked: string[] = []
    world.services.lambda.operations.Invoke = async ({ FunctionName }) => {
      asked.push(FunctionName.split(':').at(-1))
      if (FunctionName.endsWith(':3')) throw new AwsError('ResourceNotFoundException', 'Function not found', 404)
      return { StatusCode: 202 }
    }
    await waits(LOCK, 'arn:a-long-gone', 3)
    await waits(LOCK, 'arn:b-waits', 8)
    await wakes(example('stage-change'))
    expect(asked).toEqual(['3', '8'])
    expect(world.logged).toContainEqual(
      expect.objectContaining({ level: 'WARN', entry: 'arn:a-long-gone#Step#production'.slice(4) }),
    )
  })

  test('that nobody waits for wakes nobody', async () => {
    const { invoked, wakes } = await sleeping()
    await wakes(example('stage-change'))
    expect(invoked).toEqual([])
  })

  test.each([
    ['of a source that nobody waits for', example('ecr-image-action')],
    ['of a deployment that names no service', { ...example('ecs-deployment-state-change'), resources: [] }],
    ['of a pause that belongs to no service', { ...example('ecs-hook-state-change'), detail: {} }],
    ['of a change without a stage', { ...example('stage-change'), detail: { app: 'demo' } }],
  ])('%s is logged and wakes nobody', async (_, event) => {
    const { world, waits, invoked, wakes } = await sleeping()
    await waits(LOCK, 'arn:first')
    await wakes(event)
    expect(invoked).toEqual([])
    expect(world.logged).toMatchObject([{ level: 'ERROR', message: 'malformed event: nobody woken' }])
  })

  test('is Transient while Lambda throttles, and the repetition wakes them', async () => {
    const { world, waits, invoked, wakes } = await sleeping()
    await waits(LOCK, 'arn:first')
    world.services.faults.add({ service: 'lambda', does: 'throttle' })
    await expect(wakes(example('stage-change'))).rejects.toMatchObject({ name: 'Transient' })
    await wakes(example('stage-change'))
    expect(invoked).toHaveLength(1)
  })
})

test('a step that waits for ECS ends by the event alone, without another beat', async () => {
  const world = await createWorld()
  const release = await checkedRelease(world)
  const { handler: deploy } = await import('../../functions/deploy-new-version.ts')
  const { handler: wake } = await import('../../functions/wake.ts')
  const step = await enter(world, deploy, release.held)
  expect(await step.begin()).toEqual({ kind: 'waits' })
  await world.settled()
  recordInvocations(world, payload => world.invoke(deploy, payload))
  const { serviceArn } = await world.describe()
  await world.invoke(wake, { ...example('ecs-deployment-state-change'), resources: [serviceArn] })
  expect(await step.standing()).toEqual({ kind: 'done', output: { services: 1 } })
  expect(await release.records.waitersFor(serviceArn ?? '')).toEqual([])
})
