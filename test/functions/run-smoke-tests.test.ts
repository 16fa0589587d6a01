import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkedRelease } from './release.ts'
import { createWorld } from './world.ts'

/** Answers with the status that the path names, or not at all; says what it was asked. */
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  if (request.url === '/cut') return void response.destroy()
  response.writeHead(Number(request.url?.slice(1)), { location: '/200' }).end('ok')
})
let origin = ''

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
})

async function smoking(...tests: { path: string; status?: number }[]) {
  const smoke = tests.map(({ path, status = 200 }) => ({ service: 'demo-api', url: `${origin}${path}`, status }))
  const world = await createWorld(file => Object.assign(file.stages[0] ?? {}, { smoke }))
  const release = await checkedRelease(world)
  const { handler } = await import('../../functions/run-smoke-tests.ts')
  asked.length = 0
  return { world, release, runs: () => world.invoke(handler, release.held) }
}

describe('smoke tests', () => {
  test('pass when each is answered as expected, asked once', async () => {
    const { runs } = await smoking({ path: '/200' }, { path: '/404', status: 404 })
    expect(await runs()).toEqual({ passed: 2, slowestMs: expect.any(Number) })
    expect(asked.toSorted()).toEqual(['GET /200', 'GET /404'])
  })

  test('pass where the stage has none', async () => {
    const { runs } = await smoking()
    expect(await runs()).toEqual({ passed: 0, slowestMs: 0 })
  })

  test('fail by name, with one sentence of all that went wrong', async () => {
    const { runs } = await smoking({ path: '/200' }, { path: '/503' }, { path: '/500' })
    await expect(runs()).rejects.toMatchObject({
      name: 'SmokeTestFailed',
      message: `production: GET ${origin}/503 answered 503, not 200; GET ${origin}/500 answered 500, not 200`,
    })
  })

  test('do not follow a redirect', async () => {
    const { runs } = await smoking({ path: '/302' })
    await expect(runs()).rejects.toMatchObject({ message: expect.stringContaining('answered 302, not 200') })
    expect(asked).toEqual(['GET /302'])
  })

  test('fail where nobody answers', async () => {
    const { runs } = await smoking({ path: '/cut' })
    await expect(runs()).rejects.toMatchObject({
      name: 'SmokeTestFailed',
      message: `production: GET ${origin}/cut got no answer: other side closed`,
    })
  })

  test('are not asked under a lost lease, nor when a rollback was asked for [P4.1a, P4.1b]', async () => {
    const { release, runs } = await smoking({ path: '/200' })
    await release.requestRollback('errors since noon')
    await expect(runs()).rejects.toMatchObject({ name: 'RollbackRequested' })
    await release.loseLease()
    await expect(runs()).rejects.toMatchObject({ name: 'LeaseLost' })
    expect(asked).toEqual([])
  })
})
