import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { LambdaClient, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda'
import { ListStateMachineVersionsCommand, SFNClient } from '@aws-sdk/client-sfn'
import { expect, test } from 'vitest'
import { everybody, nobody } from '../../cli/rehearsing/approvers.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import type { Scenario } from '../../cli/rehearsing/scenarios/scenario.ts'
import type { Stagehand } from '../../cli/rehearsing/stagehand.ts'
import { synthesize } from '../../cli/rehearsing/synth.ts'
import type { World } from '../../cli/rehearsing/world.ts'
import { executedBy, listenToWaking, numberIn, numbersOf } from './executed.ts'
import { newerAssembly } from './newer.ts'
import { type Story, story } from './rehearsed.ts'

const FILE = fileURLToPath(new URL('../apps/demo-patient.yaml', import.meta.url))
const DAY_MS = 86_400_000
/** Two syntheses, and days of AWS time. */
const PATIENCE_MS = 300_000

let synthesized: Promise<{ today: string; newer: string }> | undefined
/** Both assemblies, made before any clock runs. */
const assemblies = () => (synthesized ??= synthesizeBoth())

async function synthesizeBoth() {
  const { directory } = await synthesize([FILE])
  // Only the newest assemblies are kept, and it is deployed again later.
  const today = mkdtempSync(join(tmpdir(), 'today-'))
  process.once('exit', () => rmSync(today, { recursive: true }))
  cpSync(directory, today, { recursive: true })
  return { today, newer: await newerAssembly(FILE) }
}

type Upgrading = Pick<Scenario, 'outcome' | 'executions'> & { play(hand: Stagehand): Promise<void> }

async function upgrading({ play, ...scenario }: Upgrading): Promise<Story> {
  await assemblies()
  return story('release', {
    ...{ file: FILE, application: validApplication(FILE) },
    scenario: {
      ...{ shows: 'Sluice is deployed anew meanwhile', usersPerSecond: 1 / 60, ...scenario },
      async play(hand) {
        await play(hand)
        return []
      },
    },
  })
}

async function deploy({ world: { rehearsal } }: Stagehand, which: 'today' | 'newer'): Promise<void> {
  await rehearsal.deploy((await assemblies())[which])
}

const releases = ({ world }: Story) => executedBy(world.installation.releaseMachine)
const rollbacks = ({ world }: Pick<Story, 'world'>) => executedBy(world.installation.rollbackMachine)

/** The versions that there are: of the release machine, the rollback machine, and one of the steps. */
async function versionsIn({ rehearsal, installation }: World) {
  const sfn = new SFNClient({})
  const ofMachine = async (stateMachineArn: string) => {
    const { stateMachineVersions = [] } = await sfn.send(new ListStateMachineVersionsCommand({ stateMachineArn }))
    return stateMachineVersions.map(version => numberIn(version.stateMachineVersionArn ?? '')).toSorted()
  }
  const [, FunctionName] =
    Object.entries(rehearsal.stack.resources).find(([id]) => /LockStageFunction[0-9A-F]{8}$/.test(id)) ?? []
  const { Versions = [] } = await new LambdaClient({}).send(new ListVersionsByFunctionCommand({ FunctionName }))
  return {
    release: await ofMachine(installation.releaseMachine),
    rollback: await ofMachine(installation.rollbackMachine),
    lockStage: Versions.flatMap(({ Version = '' }) => (Version === '$LATEST' ? [] : Number(Version))),
  }
}

/** Lets time pass until what runs once a day has run for the n-th time. */
async function untilDay({ rehearsal: { clock } }: World, n: number): Promise<void> {
  const asked = () => new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: 'Sluice' }))
  const { Stacks } = await clock.during('ask for the stack', asked)
  const since = Number(Stacks?.[0]?.CreationTime)
  await clock.sleep(since + n * DAY_MS + 60_000 - clock.now())
}

test(
  'a release waits for its approval while Sluice is deployed three times, and ends in the version that it began in; the next runs the newest [P3.4b]',
  async () => {
    let woken: Record<string, number[]> = {}
    let left: Awaited<ReturnType<typeof versionsIn>>[] = []
    const told = await upgrading({
      ...{ outcome: 'released', executions: 2 },
      async play(hand) {
        const { world } = hand
        const look = () => world.rehearsal.clock.during('look at versions', () => versionsIn(world))
        woken = listenToWaking(world)
        hand.approvers.answering = nobody
        hand.push('v2')
        const link = await hand.until('a link', async () => hand.approvers.links()[0])
        for (const which of ['newer', 'today', 'newer'] as const) await deploy(hand, which)
        left = [await look()]
        await untilDay(world, 1)
        left.push(await look())
        expect(await hand.approvers.answer(link, { decision: 'approve', comment: 'at last' })).toBe(303)
        await hand.untilEnded(1)
        hand.approvers.answering = everybody
        hand.push('v3')
        await hand.untilEnded(2)
        await untilDay(world, 2)
        left.push(await look())
      },
    })
    expect(told.misses).toEqual([])
    const [first, second] = await releases(told)
    expect(first).toMatchObject({ status: 'SUCCEEDED', version: 1 })
    expect(numbersOf(first ?? missing())).toEqual([1])
    expect(second).toMatchObject({ status: 'SUCCEEDED', version: 4 })
    expect(numbersOf(second ?? missing())).toEqual([4])
    expect(woken).toEqual({ [first?.name ?? '']: [1], [second?.name ?? '']: [4] })
    const [all, kept, newest] = [
      [1, 2, 3, 4],
      [1, 3, 4],
      [3, 4],
    ].map(of => ({ release: of, rollback: of, lockStage: of }))
    expect(left).toEqual([all, kept, newest])
  },
  PATIENCE_MS,
)

test(
  'Sluice is deployed while a release has the lock and shifts traffic: it ends in the version that it began in',
  async () => {
    const told = await upgrading({
      ...{ outcome: 'released', executions: 1 },
      async play(hand) {
        hand.push('v2')
        await hand.untilIn('ShiftTraffic', 0)
        await deploy(hand, 'newer')
        await hand.untilEnded(1)
      },
    })
    expect(told.misses).toEqual([])
    const [first] = await releases(told)
    expect(first).toMatchObject({ status: 'SUCCEEDED', version: 1 })
    expect(numbersOf(first ?? missing())).toEqual([1])
  },
  PATIENCE_MS,
)

test(
  'Sluice is deployed before a release goes back by itself: it goes back by the rollback machine of its own version [P4.3a]',
  async () => {
    const told = await upgrading({
      ...{ outcome: 'rolled-back', executions: 1 },
      async play(hand) {
        hand.push('v2-failing-production')
        await hand.untilIn('DeployNewVersion', 0)
        await deploy(hand, 'newer')
        await hand.untilEnded(1)
      },
    })
    expect(told.misses).toEqual([])
    const [first] = await releases(told)
    expect(first).toMatchObject({ status: 'FAILED', version: 1, started: [1] })
    const [back, ...others] = await rollbacks(told)
    expect(others).toEqual([])
    expect(back).toMatchObject({ status: 'SUCCEEDED', version: 1 })
    expect(numbersOf(back ?? missing())).toEqual([1])
  },
  PATIENCE_MS,
)

test(
  'Sluice is deployed during a rollback that a person started: it ends by the definition that it began with',
  async () => {
    let asked = ''
    const told = await upgrading({
      ...{ outcome: 'released', executions: 1 },
      async play(hand) {
        hand.push('v2')
        await hand.untilEnded(1)
        asked = await hand.rollBack({ stage: 'production', reason: 'customers cannot pay' })
        await hand.until('the way back is under way', async () =>
          (await rollbacks(hand))[0]?.steps.RestorePrevious ? true : undefined,
        )
        await deploy(hand, 'newer')
        expect(await hand.untilOver([asked])).toMatchObject([{ status: 'SUCCEEDED', outcome: 'rolled-back' }])
      },
    })
    expect(told.misses).toEqual([])
    const [back, ...others] = await rollbacks(told)
    expect(others).toEqual([])
    expect(back?.version).toBeUndefined()
    expect(back?.steps.CloseStage).toEqual([1])
    expect(numbersOf(back ?? missing())).toEqual([1])
  },
  PATIENCE_MS,
)

function missing(): never {
  throw new Error('there is no such execution')
}
