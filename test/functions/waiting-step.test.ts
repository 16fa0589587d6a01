import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { loadRecords } from './release.ts'
import { enter, type Step } from './waiting.ts'
import { createWorld, FUNCTION_ARN, type World } from './world.ts'

const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:release:demo-1'
const INPUT = { app: 'demo', stage: 'production' }

type Parts = typeof import('../../functions/waiting-step.ts') &
  typeof import('../../functions/step.ts') &
  typeof import('../../functions/failure.ts')

/** A step that waits for `the resource`, or for what it `begins`; what its look says is the test's. */
async function aStep(check: (parts: Parts, world: World) => unknown, begins = () => ['the resource']) {
  const world = await createWorld()
  const records = await loadRecords()
  const parts: Parts = {
    ...(await import('../../functions/waiting-step.ts')),
    ...(await import('../../functions/step.ts')),
    ...(await import('../../functions/failure.ts')),
  }
  const begun: string[] = []
  const step: Step = parts.waitingStep({
    name: 'Look',
    input: z.object({ app: z.string(), stage: z.string() }),
    begin: async (_, { execution }) => {
      begun.push(execution)
      return begins()
    },
    check: async () => (await check(parts, world)) as Awaited<ReturnType<Parameters<Parts['waitingStep']>[0]['check']>>,
  })
  const waiters = () => records.waitersFor('the resource')
  const entering = () => enter(world, step, INPUT, EXECUTION)
  return { world, records, parts, step, begun, waiters, entering, ...(await entering()) }
}

const waits = ({ waiting }: Parts) => waiting('something')

describe('who waits', () => {
  test('is written down before the look, so that no event after it is lost [P3.2a]', async () => {
    const seen: number[] = []
    const { begin } = await aStep(async parts => {
      seen.push((await (await loadRecords()).waitersFor('the resource')).length)
      return waits(parts)
    })
    await begin()
    expect(seen).toEqual([1])
  })

  test('is remembered with all that it takes to look again in the same version [P3.3a]', async () => {
    const { world, begin, token, waiters } = await aStep(waits)
    expect(await begin({ retry: 3 })).toEqual({ kind: 'waits' })
    expect(await waiters()).toEqual([
      {
        resource: 'the resource',
        resources: ['stage/demo/production', 'the resource'],
        entry: 'demo-1#Look#production',
        execution: EXECUTION,
        functionArn: FUNCTION_ARN,
        token,
        entered: new Date(world.now()).toISOString(),
        retry: 3,
        input: INPUT,
      },
    ])
    expect(FUNCTION_ARN).toMatch(/:7$/)
  })

  test('is found at its stage, too, where a rollback may be asked for', async () => {
    const { records, begin } = await aStep(waits)
    await begin()
    expect(await records.waitersFor('stage/demo/production')).toMatchObject([
      { entry: 'demo-1#Look#production', resource: 'stage/demo/production', input: INPUT },
    ])
  })

  test('is nowhere written down where somebody has cleaned up after the execution meanwhile', async () => {
    const { world, records, begin, waiters } = await aStep(waits)
    let written = 0
    world.services.faults.add({
      ...{ service: 'dynamodb', operation: 'PutItem', does: { stallMs: 5_000 } },
      principal: () => ++written === 2,
    })
    const beginning = begin()
    while (written < 2) await new Promise(setImmediate)
    await records.forgetAll('stage/demo/production', [EXECUTION])
    await world.pass(5_000)
    await beginning
    expect(await waiters()).toEqual([])
  })

  test('of an earlier try never replaces who waits since a later one [P3.3b]', async () => {
    const { begin, entering, waiters } = await aStep(waits)
    const later = await entering()
    await later.begin({ retry: 1 })
    await begin({ retry: 0 })
    expect((await waiters()).map(({ token }) => token)).toEqual([later.token])
  })

  test('of a later try, or of the same one again, replaces who waited [P3.3b]', async () => {
    const { begin, entering, waiters } = await aStep(waits)
    await begin({ retry: 1 })
    const same = await entering()
    await same.begin({ retry: 1 })
    expect((await waiters()).map(({ token }) => token)).toEqual([same.token])
    const later = await entering()
    await later.begin({ retry: 2 })
    expect((await waiters()).map(({ token }) => token)).toEqual([later.token])
  })

  test('of a state that is entered again replaces who waited when it was entered before [P3.3b]', async () => {
    const { world, begin, entering, waiters } = await aStep(waits)
    await begin({ retry: 5 })
    await world.pass(1_000)
    const again = await entering()
    await again.begin({ retry: 0 })
    expect((await waiters()).map(({ token }) => token)).toEqual([again.token])
  })

  test('waits nowhere any more where a later try waits for something else', async () => {
    let found = 'the resource'
    const { begin, entering, waiters, records } = await aStep(waits, () => [found])
    await begin({ retry: 0 })
    found = 'another resource'
    const later = await entering()
    await later.begin({ retry: 1 })
    expect(await waiters()).toEqual([])
    expect(await records.waitersFor('another resource')).toMatchObject([{ token: later.token }])
    // A call of the earlier try that comes late takes nothing away.
    found = 'the resource'
    await begin({ retry: 0 })
    expect(await records.waitersFor('another resource')).toMatchObject([{ token: later.token }])
  })

  test('can still be found at its stage where forgetting it is interrupted', async () => {
    const { world, records, begin, waiters } = await aStep(({ done }) => done({}))
    let deletions = 0
    world.services.faults.add({
      ...{ service: 'dynamodb', operation: 'DeleteItem', does: { fail: 'InternalServerError', statusCode: 500 } },
      principal: () => ++deletions === 2,
    })
    await expect(begin()).rejects.toThrow()
    expect(await waiters()).toEqual([])
    expect(await records.waitersFor('stage/demo/production')).toHaveLength(1)
  })

  test('is forgotten once the step has ended', async () => {
    const { begin, waiters } = await aStep(({ done }) => done({ seen: 1 }))
    expect(await begin()).toEqual({ kind: 'done', output: { seen: 1 } })
    expect(await waiters()).toEqual([])
  })

  test('is only looked after when woken: nothing is begun twice', async () => {
    let over = false
    const { begun, begin, check, waiters } = await aStep(parts => (over ? parts.done({}) : waits(parts)))
    await begin()
    over = true
    const [waiter] = await waiters()
    if (!waiter) throw new Error('nobody waits')
    expect(await check(waiter)).toEqual({ kind: 'done', output: {} })
    expect(begun).toEqual([EXECUTION])
    expect(await waiters()).toEqual([])
  })
})

describe('who is woken after the state was left', () => {
  test('does not look, since another try or nobody acts for the state now', async () => {
    const looked: number[] = []
    const { begin, check, entering, waiters } = await aStep(parts => {
      looked.push(1)
      return waits(parts)
    })
    await begin()
    const [earlier] = await waiters()
    if (!earlier) throw new Error('nobody waits')
    const later = await entering()
    await later.begin({ retry: 1 })
    await check(earlier)
    expect(looked).toHaveLength(2)
    expect((await waiters()).map(({ token }) => token)).toEqual([later.token])
  })

  test.each([
    ['its stage', 'stage/demo/production', 'the resource'],
    ['the resource', 'the resource', 'stage/demo/production'],
  ])('does not look, though only an event at %s has ended the wait', async (_, ending, late) => {
    const looked: number[] = []
    const { records, begin, check } = await aStep(parts => {
      looked.push(1)
      return looked.length > 1 ? parts.done({}) : waits(parts)
    })
    await begin()
    const [ended] = await records.waitersFor(ending)
    const [left] = await records.waitersFor(late)
    if (!ended || !left) throw new Error('nobody waits')
    await check(ended)
    expect(await records.waitersFor(late)).toEqual([])
    await check(left)
    expect(looked).toHaveLength(2)
  })

  test('gives back what it took, where its look was under way already', async () => {
    const given: string[] = []
    const { world, begin } = await aStep(({ done }) => done({}, async () => void given.push('back')))
    await world.pass(3_600_000)
    await begin()
    expect(given).toEqual(['back'])
  })

  test('gives nothing back that was taken from it', async () => {
    const given: string[] = []
    const { begin } = await aStep(({ done }) => done({}, async () => void given.push('back')))
    expect(await begin()).toEqual({ kind: 'done', output: {} })
    expect(given).toEqual([])
  })
})

describe('a token that nobody waits for any more [P3.3c]', () => {
  test('is a value, and the later try keeps its waiter', async () => {
    let over = false
    const { world, begin, entering, waiters } = await aStep(parts => (over ? parts.done({}) : waits(parts)))
    const later = await entering()
    await later.begin({ retry: 1 })
    await world.pass(3_600_000)
    over = true
    await begin({ retry: 0 })
    expect(world.logged.at(-1)).toMatchObject({ message: 'done', completion: 'gone' })
    expect((await waiters()).map(({ token }) => token)).toEqual([later.token])
  })

  test.each([
    ['that never was', 'A'.repeat(64)],
    ['that is no token', 'no token!'],
  ])('%s is a value', async (_, token) => {
    const { world, step } = await aStep(({ failed }) => failed('DeploymentFailed', 'it failed'))
    const entered = new Date(world.now()).toISOString()
    await world.invoke(step, { token, entered, retry: 0, execution: EXECUTION, input: INPUT })
    expect(world.logged.at(-1)).toMatchObject({ message: 'it failed', completion: 'gone' })
  })
})

describe('a look that fails', () => {
  test('by name fails the task by that name, with the sentence', async () => {
    const { begin, waiters } = await aStep(({ failed }) => failed('DeploymentFailed', 'the new version did not start'))
    expect(await begin()).toEqual({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: 'the new version did not start',
    })
    expect(await waiters()).toEqual([])
  })

  test('because the lease is lost fails the task by that name', async () => {
    const { begin } = await aStep(({ StepFailure }) => {
      throw new StepFailure('LeaseLost', 'somebody else has it')
    })
    expect(await begin()).toEqual({ kind: 'failed', error: 'LeaseLost', because: 'somebody else has it' })
  })

  test.each([
    ['Transient', 'worth another try', Object.assign(new Error('slow down'), { name: 'ThrottlingException' })],
    ['TypeError', 'a surprise', new TypeError('undefined is not a digest')],
  ])('with %s, %s, fails the invocation alone [P3.6c]', async (name, _, error) => {
    const { begin, standing, waiters } = await aStep(() => {
      throw error
    })
    await expect(begin()).rejects.toMatchObject({ name })
    expect(await standing()).toEqual({ kind: 'waits' })
    expect(await waiters()).toHaveLength(1)
  })

  test('to be told is Transient, and the waiter stays for the next try', async () => {
    const { world, begin, standing, waiters } = await aStep(({ done }) => done({}))
    world.services.faults.add({ service: 'states', operation: 'SendTaskSuccess', does: 'throttle' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await standing()).toEqual({ kind: 'waits' })
    expect(await waiters()).toHaveLength(1)
    expect(await begin()).toEqual({ kind: 'done', output: {} })
  })
})

test('an input that is none of the step’s fails before anything is begun', async () => {
  const { world, step, begun, token } = await aStep(waits)
  const event = { token, entered: new Date(world.now()).toISOString(), retry: 0, execution: EXECUTION, input: {} }
  await expect(world.invoke(step, event)).rejects.toMatchObject({ name: 'ZodError' })
  expect(begun).toEqual([])
})
