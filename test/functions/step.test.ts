import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { createWorld } from './world.ts'

const INPUT = { app: 'demo', release: '3f9c0a7f6d6a', attempt: 2, stage: 'production', token: 'secret' }

async function aStep(run: (failed: typeof import('../../functions/failure.ts').failed) => unknown) {
  const world = await createWorld()
  const { step } = await import('../../functions/step.ts')
  const { failed } = await import('../../functions/failure.ts')
  const handler = step<unknown, unknown>({
    name: 'Look',
    input: z.object({ app: z.string() }).loose(),
    run: async () => run(failed) as { kind: 'done'; output: unknown },
  })
  return { world, runs: (input: unknown = INPUT) => world.invoke(handler, input) }
}

const awsError = (name: string, metadata: object) => Object.assign(new Error('said AWS'), { name, $metadata: metadata })

describe('a step', () => {
  test('answers with what it knows to be true', async () => {
    const { runs } = await aStep(() => ({ kind: 'done', output: { tasks: 2 } }))
    expect(await runs()).toEqual({ tasks: 2 })
  })

  test('logs one decision, under the keys by which a release is followed, and no token', async () => {
    const { world, runs } = await aStep(() => ({ kind: 'done', output: {} }))
    await runs()
    expect(world.logged).toHaveLength(1)
    const [{ token, ...line } = { token: undefined }] = world.logged
    expect(line).toMatchObject({
      ...{ service: 'sluice', step: 'Look', app: 'demo', release: '3f9c0a7f6d6a', attempt: 2, stage: 'production' },
    })
    expect(token).toBeUndefined()
  })

  test('that failed ends with the name that its machine catches, and the sentence', async () => {
    const { world, runs } = await aStep(failed => failed('SmokeTestFailed', 'production: /health answered 503'))
    await expect(runs()).rejects.toMatchObject({ name: 'SmokeTestFailed', message: 'production: /health answered 503' })
    expect(world.logged).toMatchObject([{ level: 'WARN', failure: 'SmokeTestFailed' }])
  })

  test('refuses an input that is none', async () => {
    const { runs } = await aStep(() => ({ kind: 'done', output: {} }))
    await expect(runs({})).rejects.toMatchObject({ name: 'ZodError' })
  })
})

test('what never changes is read once an invocation, and what is not there yet again and again', async () => {
  const { readOnce } = await import('../../functions/invocation.ts')
  const answers: ({ plan: string } | undefined)[] = [undefined, { plan: 'first' }, { plan: 'second' }]
  const { runs } = await aStep(async () => {
    const read: unknown[] = []
    for (let time = 0; time < 3; time++) read.push(await readOnce('the plan', async () => answers.shift()))
    return { kind: 'done', output: read }
  })
  expect(await runs()).toEqual([undefined, { plan: 'first' }, { plan: 'first' }])
  expect(await runs()).toEqual([{ plan: 'second' }, { plan: 'second' }, { plan: 'second' }])
})

describe('an error', () => {
  test.each([
    ['of throttling', awsError('ThrottlingException', { httpStatusCode: 400 })],
    ['of a rate', awsError('TooManyRequestsException', { httpStatusCode: 429 })],
    ['of the server', awsError('ServerException', { httpStatusCode: 500 })],
    ['of a lost connection', Object.assign(new Error('read ECONNRESET'), { name: 'Error', code: 'ECONNRESET' })],
    ['of a time-out', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
  ])('%s is worth another try [P3.6c]', async (_, error) => {
    const { runs } = await aStep(() => {
      throw error
    })
    await expect(runs()).rejects.toMatchObject({ name: 'Transient', message: `${error.name}: ${error.message}` })
  })

  test.each([
    ['that says no', awsError('AccessDeniedException', { httpStatusCode: 400 })],
    ['of our own making', new TypeError('undefined is not a digest')],
  ])('%s keeps its name, so that it is not tried again [P3.6c]', async (_, error) => {
    const { runs } = await aStep(() => {
      throw error
    })
    await expect(runs()).rejects.toMatchObject({ name: error.name, message: error.message })
  })
})
