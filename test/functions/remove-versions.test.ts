import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ListStateMachineVersionsOutput } from '@aws-sdk/client-sfn'
import { expect, onTestFinished, test } from 'vitest'
import { functionArn } from '../../rehearsal/aws/lambda/functions.ts'
import { createWorld } from './world.ts'

const STEPS = ['LockStage', 'PlanRelease', 'RestorePrevious']
const ROLE = 'arn:aws:iam::111122223333:role/step'
const MACHINES = 'arn:aws:states:eu-west-1:111122223333:stateMachine:'

const calling = (versions: string[]) =>
  JSON.stringify({
    ...{ QueryLanguage: 'JSONata', StartAt: 'Rest', Comment: versions.join() },
    States: { Rest: { Type: 'Wait', Seconds: 30 * 86_400, End: true } },
  })

/** Both machines and three steps, before anything is deployed. */
async function deployments() {
  const world = await createWorld()
  const { lambda, states } = world.services
  const code = mkdtempSync(join(tmpdir(), 'versions-'))
  onTestFinished(() => rmSync(code, { recursive: true }))
  writeFileSync(join(code, 'index.mjs'), 'export const handler = () => 1')
  const settings = { code, handler: 'index.handler', runtime: 'nodejs24.x', roleArn: ROLE }
  const accessKey = { accessKeyId: 'AKIASTEP', secretAccessKey: 'secret' }
  const { handler } = await import('../../functions/remove-versions.ts')
  let count = 0

  const deployed = new Set<string>()
  /** A version of the step with the code of this deployment. */
  const publish = (name: string, of: string) => {
    const given = { ...settings, name, accessKey, environment: { OF: of } }
    if (deployed.has(name)) lambda.updateFunction(given)
    else lambda.createFunction(given)
    deployed.add(name)
    return lambda.publishVersion(name)
  }
  const put = (name: string, definition: string, isFirst: boolean) => {
    const given = { definition, roleArn: ROLE }
    if (isFirst) states.createStateMachine({ name, ...given })
    else states.updateStateMachine(`${MACHINES}${name}`, given)
    return states.publishVersion(`${MACHINES}${name}`)
  }
  return {
    world,
    publish,
    /** Deploys once more, all steps with new code but those that keep theirs. */
    deploy({ keeps = [] as string[] } = {}) {
      const isFirst = ++count === 1
      const [lock = '', plan = '', restore = ''] = STEPS.map(name =>
        publish(name, keeps.includes(name) ? 'kept' : String(count)),
      )
      const rollback = put('rollback-machine', calling([lock, restore]), isFirst)
      const release = put('release-machine', calling([lock, plan, rollback]), isFirst)
      Object.assign(process.env, { RELEASE_MACHINE: release, ROLLBACK_MACHINE: rollback })
    },
    start: (machine: string) =>
      world.ask<{ executionArn: string }>(states, 'StartExecution', { stateMachineArn: `${MACHINES}${machine}` }),
    run: () => world.invoke(handler, { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }),
    /** What is left, as numbers. */
    async left() {
      const numbersOf = (arns: (string | undefined)[]) => arns.map(arn => Number(arn?.split(':').at(-1)))
      const left: Record<string, number[]> = {}
      for (const name of STEPS) {
        const { Versions } = await world.ask<{ Versions: { FunctionArn: string; Version: string }[] }>(
          ...([lambda, 'ListVersionsByFunction', { FunctionName: name }] as const),
        )
        left[name] = numbersOf(Versions.filter(({ Version }) => Version !== '$LATEST').map(one => one.FunctionArn))
      }
      for (const name of ['release', 'rollback']) {
        const { stateMachineVersions = [] } = await world.ask<ListStateMachineVersionsOutput>(
          ...([states, 'ListStateMachineVersions', { stateMachineArn: `${MACHINES}${name}-machine` }] as const),
        )
        left[name] = numbersOf(stateMachineVersions.map(one => one.stateMachineVersionArn)).toReversed()
      }
      return left
    },
  }
}

const NEWEST_TWO = {
  LockStage: [4, 5],
  PlanRelease: [4, 5],
  RestorePrevious: [4, 5],
  release: [4, 5],
  rollback: [4, 5],
}

test('of five deployments with nothing under way, the newest two are left, and the second run finds nothing to do', async () => {
  const { deploy, run, left, world } = await deployments()
  for (let n = 0; n < 5; n++) deploy()
  await run()
  expect(await left()).toEqual(NEWEST_TWO)
  await run()
  expect(await left()).toEqual(NEWEST_TWO)
  expect(world.logged.map(({ message, versions, left }) => [message, (versions as string[]).length, left])).toEqual([
    ['removed', 15, 10],
    ['removed', 0, 10],
  ])
})

test('a release that waits since the first deployment keeps all that it may come to run, until it has ended', async () => {
  const { deploy, start, run, left, world } = await deployments()
  deploy()
  const { executionArn } = await start('release-machine:1')
  for (let n = 0; n < 4; n++) deploy()
  await run()
  const kept = Object.fromEntries(Object.entries(NEWEST_TWO).map(([name, newest]) => [name, [1, ...newest]]))
  expect(await left()).toEqual(kept)
  await world.ask(world.services.states, 'StopExecution', { executionArn })
  await run()
  expect(await left()).toEqual(NEWEST_TWO)
})

test('a rollback that a person started, without a version, keeps the functions of its definition', async () => {
  const { deploy, start, run, left } = await deployments()
  deploy()
  await start('rollback-machine')
  for (let n = 0; n < 4; n++) deploy()
  await run()
  expect(await left()).toEqual({ ...NEWEST_TWO, LockStage: [1, 4, 5], RestorePrevious: [1, 4, 5] })
})

test('a step that did not change keeps the one version that it has', async () => {
  const { deploy, run, left } = await deployments()
  for (let n = 0; n < 5; n++) deploy({ keeps: ['PlanRelease'] })
  await run()
  expect(await left()).toEqual({ ...NEWEST_TWO, PlanRelease: [1] })
})

test('what the next deployment has published before its machines stays', async () => {
  const { deploy, publish, run, left } = await deployments()
  for (let n = 0; n < 3; n++) deploy()
  publish('LockStage', 'of the fourth')
  await run()
  expect(await left()).toMatchObject({ LockStage: [2, 3, 4], PlanRelease: [2, 3], release: [2, 3] })
})

test('what another has removed meanwhile is no error', async () => {
  const { deploy, run, left, world } = await deployments()
  for (let n = 0; n < 3; n++) deploy()
  const { lambda } = world.services
  const { DeleteFunction: really } = lambda.operations
  lambda.operations.DeleteFunction = async (input, caller) => {
    lambda.operations.DeleteFunction = really ?? (() => ({}))
    lambda.deleteVersion(functionArn(input.FunctionName.split(':').at(-1), input.Qualifier))
    return really?.(input, caller)
  }
  await run()
  expect(await left()).toMatchObject({ LockStage: [2, 3], release: [2, 3] })
})

test('is Transient while AWS throttles one, has removed the others, and goes on in the next run', async () => {
  const { deploy, run, left, world } = await deployments()
  for (let n = 0; n < 3; n++) deploy()
  world.services.faults.add({ service: 'lambda', operation: 'DeleteFunction', does: 'throttle' })
  await expect(run()).rejects.toMatchObject({ name: 'Transient' })
  expect(await left()).toMatchObject({ LockStage: [1, 2, 3], PlanRelease: [2, 3], release: [2, 3] })
  await run()
  expect(await left()).toMatchObject({ LockStage: [2, 3], release: [2, 3] })
})
