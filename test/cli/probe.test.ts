import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ECRClient } from '@aws-sdk/client-ecr'
import type { DescribeServicesResponse } from '@aws-sdk/client-ecs'
import type { SFNClient } from '@aws-sdk/client-sfn'
import { describe, expect, test, vi } from 'vitest'
import type { probe } from '../../cli/probe/probe.ts'
import { wantedBy } from '../../cli/probe/probe-arguments.ts'
import { servingService } from '../../cli/probe/read-only/serving.ts'
import { countsOf } from '../../cli/probe/report.ts'
import { blueGreenService } from '../../cli/probe/throw-away/blue-green/group.ts'
import { stateMachine } from '../../cli/probe/throw-away/machine/group.ts'
import type { Place } from '../../cli/probe/throw-away/place.ts'
import { rollingService } from '../../cli/probe/throw-away/rolling/group.ts'
import { AwsError } from '../../rehearsal/aws/service.ts'
import { blueGreen } from '../functions/way-back.ts'
import { createWorld } from '../functions/world.ts'
import { asked, everything, leaveGroup, MACHINE, THROW_AWAY, wiring } from './probe/asked.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROBE = join(ROOT, 'cli/probe.ts')

const otherThanAssumed = ({ asked }: Awaited<ReturnType<typeof probe>>) =>
  asked.filter(({ answer }) => answer.kind !== 'as assumed').map(({ name, answer }) => ({ name, ...answer }))

describe('the rehearsal answers every question as it is assumed', () => {
  test('that things to throw away are made for, and nothing of them stays', async () => {
    const world = await createWorld(blueGreen)
    const before = await everything(world)
    const rule = await world.front().weights()
    const probed = await asked(world, [...THROW_AWAY, ...MACHINE, ...wiring(world)])
    expect(otherThanAssumed(probed)).toEqual([])
    expect(probed.asked.length).toBeGreaterThanOrEqual(20)
    expect(probed.left).toEqual([])
    expect(await everything(world)).toEqual(before)
    expect(await world.front().weights()).toEqual(rule)
    const [made, removed] = ['made ', 'removed '].map(verb =>
      probed.notes.filter(note => note.startsWith(verb)).map(note => note.replace(verb, '')),
    )
    expect(removed).toEqual(made?.toReversed())
    const cluster = world.services.ecs
    for (const name of made?.filter(what => what.startsWith('service ')) ?? []) {
      const input = { cluster: 'demo', services: [name.replace('service ', '')] }
      expect((await world.ask<DescribeServicesResponse>(cluster, 'DescribeServices', input)).services).toEqual([])
    }
  })

  test('that a service of somebody can be asked without changing it', async () => {
    const world = await createWorld(blueGreen)
    const first = (await world.describe()).taskDefinition
    await world.update({ taskDefinition: await world.register({ memory: '1024' }) })
    await world.settled()
    await world.ask(world.services.ecs, 'DeregisterTaskDefinition', { taskDefinition: first })
    const before = await world.describe()
    const probed = await asked(world, ['--cluster', 'demo', '--service', 'demo-api'])
    expect(otherThanAssumed(probed)).toEqual([])
    expect(probed.asked).toHaveLength(5)
    expect(await world.describe()).toEqual(before)
  })
})

describe('what is not there to be asked', () => {
  test('is said question by question, with what to name', async () => {
    const world = await createWorld()
    const probed = await asked(world, THROW_AWAY)
    const unasked = probed.asked.flatMap(({ answer }) => (answer.kind === 'not asked' ? [answer.because] : []))
    expect(new Set(unasked)).toEqual(
      new Set([
        'name a role that Step Functions may put events with: --machine-role ARN',
        'name a listener to add a rule to: --listener ARN --vpc ID --load-balancer-role ARN',
      ]),
    )
    expect(countsOf(probed.asked)).toMatchObject({ failed: 0, notAsked: unasked.length })
  })

  test('fails alone where it cannot be made', async () => {
    const world = await createWorld()
    const args = THROW_AWAY.map(arg => (arg === 'demo-api' ? 'demo-nothing' : arg))
    const probed = await asked(world, [...args, ...MACHINE])
    const { passed, failed } = countsOf(probed.asked)
    expect({ passed, failed }).toEqual({ passed: 6, failed: 9 })
    expect(otherThanAssumed(probed)[0]).toMatchObject({ kind: 'failed', because: expect.stringContaining('not found') })
    expect(probed.left).toEqual([])
  })

  test('is a service that the cluster has not', async () => {
    const world = await createWorld()
    const probed = await asked(world, ['--cluster', 'demo', '--service', 'nobody'])
    expect(countsOf(probed.asked)).toEqual({ passed: 0, failed: 5, notAsked: 0 })
  })
})

test('an AWS that does otherwise is told with what it did', async () => {
  const world = await createWorld()
  const { operations } = world.services.ecs
  const { UpdateService: update } = operations
  // Here a configuration alone begins a deployment.
  operations.UpdateService = async (input, caller) => update?.({ ...input, forceNewDeployment: true }, caller) ?? {}
  const probed = await asked(world, THROW_AWAY)
  expect(otherThanAssumed(probed).filter(({ kind }) => kind === 'otherwise')).toMatchObject([
    { name: 'same-definition', saw: expect.stringMatching(/^deployment .+ began$/) },
    { name: 'configuration-alone', saw: expect.stringMatching(/^deployment .+ began$/) },
  ])
})

test('an ECS that takes no circuit breaker with BLUE_GREEN is told by that question alone', async () => {
  const world = await createWorld(blueGreen)
  const { operations } = world.services.ecs
  for (const operation of ['CreateService', 'UpdateService']) {
    const { [operation]: done } = operations
    operations[operation] = async (input, caller) => {
      const { strategy, deploymentCircuitBreaker: breaker } = input.deploymentConfiguration ?? {}
      if (strategy === 'BLUE_GREEN' && breaker?.enable)
        throw new AwsError('InvalidParameterException', 'A circuit breaker is of rolling deployments alone.')
      return done?.(input, caller) ?? {}
    }
  }
  const probed = await asked(world, [...THROW_AWAY, ...wiring(world)])
  expect(otherThanAssumed(probed).filter(({ kind }) => kind !== 'not asked')).toEqual([
    { name: 'breaker-kept', kind: 'otherwise', saw: 'InvalidParameterException' },
  ])
})

test.each(['made execution', 'made service', 'made rule'])(
  'who interrupts it at "%s" leaves nothing there',
  async at => {
    const world = await createWorld(blueGreen)
    const before = await everything(world)
    const probed = await asked(world, [...THROW_AWAY, ...MACHINE, ...wiring(world)], { at })
    expect(probed.leftAtInterruption).toEqual([])
    expect(probed.left).toEqual([])
    expect(await everything(world)).toEqual(before)
    const verbs = (verb: string) => probed.notes.filter(note => note.startsWith(verb)).length
    expect(verbs('removed')).toBe(verbs('made'))
  },
)

test('what cannot be removed is named', async () => {
  const world = await createWorld()
  world.services.faults.add({
    ...{ service: 'ecs', operation: 'DeleteService', times: 9 },
    does: { fail: 'ServerException', statusCode: 500 },
  })
  const { left } = await asked(world, THROW_AWAY)
  expect(left).toEqual([expect.stringMatching(/^service sluice-probe-rolling-\w{6} could not be removed: /)])
})

describe('what is not meant is refused before anything is asked', () => {
  test.each<[string[], string]>([
    [['--cluster', 'demo'], '--service is missing'],
    [['--service', 'demo-api'], '--cluster is missing'],
    [['--cluster', 'my demo', '--service', 'demo-api'], '--cluster my demo: must be the name of an ECS cluster'],
    [['--yes'], '--yes belongs to --throw-away or --clean-up'],
    [['--clean-up', '--cluster', 'demo'], '--cluster does not go with --clean-up'],
    [['--clean-up', ...THROW_AWAY], '--throw-away does not go with --clean-up'],
    [['--throw-away'], '--throw-away needs --cluster'],
    [['--throw-away', '--cluster', 'demo'], '--throw-away needs --task-definition'],
    [['--throw-away', '--cluster', 'demo', '--task-definition', 'demo-api'], '--throw-away needs --subnets'],
    [[...THROW_AWAY, '--service', 'demo-api'], 'take --service out'],
    [[...THROW_AWAY, '--subnets', 'here'], '--subnets here: must be subnets'],
    [[...THROW_AWAY, '--machine-role', 'admin'], '--machine-role admin: must be the ARN of a role'],
    [[...THROW_AWAY, '--vpc', 'vpc-1'], '--vpc needs --listener beside it'],
    [[...THROW_AWAY, '--port', '70000'], '--port 70000: must be a port'],
    [['now'], 'now: is one word too many'],
    [['--force'], "Unknown option '--force'"],
  ])('%j', (args, said) => {
    expect(() => wantedBy(args)).toThrow(said)
  })
})

describe('as a command', () => {
  const run = async (args: string[]) => {
    // Another process signs by the real time.
    vi.useRealTimers()
    const child = promisify(execFile)(process.execPath, [PROBE, ...args], { env: process.env })
    return child.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )
  }

  test('it says what it would make and cost, and makes nothing without --yes', async () => {
    const world = await createWorld()
    const called: string[] = []
    world.services.faults.add({ service: 'ecs', does: { fail: 'Called' }, principal: who => called.push(who) > 0 })
    const { code, stderr } = await run(THROW_AWAY.filter(arg => arg !== '--yes'))
    expect(code).toBe(2)
    expect(stderr).toContain('This makes, in account 111122223333, eu-west-1, as arn:aws:iam::111122223333:')
    expect(stderr).toContain('If you mean it, say so: --yes')
    expect(stderr).toContain('in cluster demo one service, with one to two Fargate tasks of demo-api')
    expect(called).toEqual([])
  })

  test('it asks whoever the environment names, and ends with how many answers were as assumed', async () => {
    await createWorld(blueGreen)
    const { code, stdout } = await run(['--cluster', 'demo', '--service', 'demo-api'])
    expect(stdout).toContain('asking AWS: account 111122223333, eu-west-1')
    expect(stdout).toContain('recorded-digest: as assumed')
    expect(stdout).toMatch(/1 not asked\n4 passed, 0 failed\n$/)
    expect(code).toBe(0)
  })

  test('it says so in one line of JSON', async () => {
    await createWorld()
    const { code, stdout, stderr } = await run(['--cluster', 'demo', '--service', 'nobody', '--json'])
    const where = { account: '111122223333', region: 'eu-west-1' }
    expect(JSON.parse(stdout)).toMatchObject({ passed: 0, failed: 5, notAsked: 0, left: [], where })
    expect(stderr).toContain('asking AWS: account 111122223333, eu-west-1')
    expect(code).toBe(1)
  })

  test('it lists what an earlier one has left, and removes that with --yes', async () => {
    const world = await createWorld()
    await leaveGroup()
    const { code, stdout } = await run(['--clean-up'])
    expect(stdout).toContain('asking AWS: account 111122223333, eu-west-1')
    expect(stdout).toContain('  target group sluice-probe-abc123-blue\nIf you mean it, say so: --yes\n')
    expect(code).toBe(2)
    expect((await everything(world)).groups).toContain('sluice-probe-abc123-blue')
    expect(await run(['--clean-up', '--yes'])).toMatchObject({
      ...{ code: 0, stdout: expect.stringContaining('1 removed, 0 left') },
      stderr: 'removed target group sluice-probe-abc123-blue\n',
    })
    const again = await run(['--clean-up', '--yes', '--json'])
    expect(again).toMatchObject({ code: 0 })
    expect(JSON.parse(again.stdout)).toMatchObject({ found: [], removed: [], left: [] })
    expect((await run(['--clean-up'])).stdout).toContain('no probe has left anything here')
  })
})

test('the page of what is assumed names every question, and no question that is not asked', () => {
  const page = readFileSync(join(ROOT, 'docs/unproven-on-aws.md'), 'utf8')
  const cells = page
    .split('\n')
    .flatMap(line => (/^\| .* \| .* \| (.*) \|$/.exec(line)?.[1] ?? '').split(' no: ')[0] ?? [])
  const named = cells.flatMap(cell => [...cell.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, name = '']) => name))
  const place = {} as Place
  const groups = [
    servingService(undefined),
    rollingService(place, {} as ECRClient),
    blueGreenService(place, undefined),
    stateMachine(place, {} as SFNClient),
  ]
  const questions = groups.flatMap(group => group.questions.map(({ name }) => name))
  expect(new Set(named)).toEqual(new Set(questions))
})
