import { describe, expect, test, vi } from 'vitest'
import { modify, TEST_HEADER } from './front.ts'
import { aGreenRelease, blueGreen, changed, type Greens, runningIt, withService } from './greens.ts'
import { putBehind } from './watched.ts'
import type { World } from './world.ts'

const HOST = 'api.demo.example'
const PASSED = { passed: 1, slowestMs: expect.any(Number) }

const tests = (...paths: string[]): typeof blueGreen =>
  changed(blueGreen, file => {
    for (const path of paths) file.stages[0]?.smoke.push({ service: 'demo-api', url: `http://${HOST}${path}` })
  })

/** The names of the internet lead to the test world's load balancers; says what was asked there. */
function resolve(world: World, hosts: Record<string, string>): string[] {
  const asked: string[] = []
  const { fetch } = globalThis
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const host = hosts[new URL(String(input)).hostname]
    if (!host) return fetch(input, init)
    const header = new Headers(init?.headers).get('x-looks-at')
    asked.push(`${String(input)}${header ? ` for ${header}` : ''}`)
    return world.services.loadBalancers.request(host, new Request(String(input), init))
  })
  return asked
}

/** Every green waits to be tested. */
async function tested(file: typeof blueGreen, before?: (world: World) => Promise<void>, hosts = {}) {
  const greens = await aGreenRelease(file, before && { before })
  const { begin } = await greens.deploys()
  await begin()
  await greens.pausedAt('POST_TEST_TRAFFIC_SHIFT')
  return smoking(greens, hosts)
}

async function smoking(greens: Greens, hosts: Record<string, string> = {}) {
  const { world, release } = greens
  const asked = resolve(world, Object.assign(hosts, { [HOST]: world.front().host }))
  const { handler } = await import('../../functions/run-smoke-tests.ts')
  return { ...greens, asked, runs: () => world.invoke(handler, release.held) }
}

describe('the smoke tests of a green', () => {
  test('are asked by the rule for tests: same host and path, its port, its header [P5.4b]', async () => {
    const { world, asked, runs } = await tested(tests('/health'))
    expect(await runs()).toEqual(PASSED)
    expect(asked).toEqual([`http://${HOST}:8080/health for ${TEST_HEADER['x-looks-at']}`])
    expect(await world.front().asUser()).toBe('one')
  })

  test('fail for green, which no user has seen, and say so', async () => {
    const { world, runs } = await tested(tests('/health', '/throw'))
    await expect(runs()).rejects.toMatchObject({
      name: 'SmokeTestFailed',
      message: expect.stringMatching(
        /^production: GET http:\/\/api\.demo\.example\/throw on green answered 500, not 200 \(log: \/demo\/api, streams ecs\/api/,
      ),
    })
    expect(await world.front().asUser()).toBe('one')
  })

  test('fail where the rule for tests has gone meanwhile', async () => {
    const { world, asked, runs } = await tested(tests('/health'))
    const gone = { fail: 'RuleNotFound', message: 'gone', statusCode: 400 }
    world.services.faults.add({ service: 'elasticloadbalancing', operation: 'DescribeRules', does: gone })
    await expect(runs()).rejects.toMatchObject({
      name: 'SmokeTestFailed',
      message: expect.stringContaining(`GET http://${HOST}/health cannot come to green: there is no rule for tests`),
    })
    expect(asked).toEqual([])
  })

  test('fail where the rule for tests leads elsewhere, and nobody is asked', async () => {
    const { world, asked, runs } = await tested(tests('/health'))
    const { testRule, weights } = world.front()
    const reached = await weights(testRule)
    const turned = Object.entries(reached).map(([group, weight]) => [group, weight > 0 ? 0 : 100] as const)
    await modify(testRule, Object.fromEntries(turned))
    await expect(runs()).rejects.toMatchObject({
      name: 'SmokeTestFailed',
      message: expect.stringMatching(
        /cannot come to green: the rule for tests has the weights demo-api-blue \d+, demo-api-green \d+, and green is in demo-api-/,
      ),
    })
    expect(asked).toEqual([])
  })

  test('are not asked of a green that ECS takes back: that is why the release fails', async () => {
    const { world, asked, newest, runs } = await tested(tests('/health'))
    const { serviceDeploymentArn } = await newest()
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    await world.settled()
    await expect(runs()).rejects.toMatchObject({
      name: 'DeploymentFailed',
      message: expect.stringMatching(/^production demo-api: the new version was taken back by ECS/),
    })
    expect(asked).toEqual([])
  })

  test('fail where ECS does not say where green is', async () => {
    const { world, asked, runs } = await tested(tests('/health'))
    const { operations } = world.services.ecs
    const { DescribeServiceRevisions: describe } = operations
    operations.DescribeServiceRevisions = async (input, caller) => {
      const told = (await describe?.(input, caller)) as { serviceRevisions: object[] }
      for (const revision of told.serviceRevisions) Object.assign(revision, { resolvedConfiguration: undefined })
      return told
    }
    await expect(runs()).rejects.toThrow('ECS does not say where green is')
    expect(asked).toEqual([])
  })

  test('are asked so while those of a rolling service are asked where users are', async () => {
    const file = changed(tests('/health'), withService('demo-web', 'rolling'), file => {
      file.stages[0]?.smoke.push({ service: 'demo-web', url: 'http://demo.example/' })
    })
    const hosts: Record<string, string> = {}
    const before = async (world: World) => {
      hosts['demo.example'] = (await putBehind(world, 'demo-web')).host
    }
    const { asked, runs } = await tested(file, before, hosts)
    expect(await runs()).toMatchObject({ passed: 2 })
    expect(asked).toEqual([`http://${HOST}:8080/health for green`, 'http://demo.example/'])
  })

  test('are asked where users are, once the service runs the release already', async () => {
    const { asked, runs } = await smoking(await aGreenRelease(tests('/health'), { before: runningIt }))
    expect(await runs()).toEqual(PASSED)
    expect(asked).toEqual([`http://${HOST}/health`])
  })
})
