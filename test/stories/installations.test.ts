import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../cli/commands/commands.ts'
import { findInstallation, type Installation } from '../../cli/installation.ts'
import { loadFleet } from '../../cli/rehearsing/fleet.ts'
import { REHEARSALS } from '../../cli/rehearsing/kept.ts'
import { moving } from '../../cli/rehearsing/moving.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { synthesize } from '../../cli/rehearsing/synth.ts'
import { openWorld, type World } from '../../cli/rehearsing/world.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { readService, readServing } from '../../functions/aws/ecs.ts'
import { executedBy } from './executed.ts'

const fileOf = (app: string) => fileURLToPath(new URL(`../apps/shared-${app}.yaml`, import.meta.url))
const BOOKS = { app: 'books', repository: 'demo-api', stack: 'Sluice' }
const STAMPS = { app: 'stamps', repository: 'demo-web', stack: 'Stamps' }
const PATIENCE_MS = 300_000

/** Whatever else is done to a service of ECS is done by another call than these. */
const CHANGES = [
  'UpdateService',
  'StopServiceDeployment',
  'ContinueServiceDeployment',
  'RegisterTaskDefinition',
  'TagResource',
]

interface Change {
  /** Name of the stack whose role did it. */
  by: string
  operation: string
  /** What was asked, as text. */
  of: string
}

/** Every change of a service that a role makes from now on. */
function listenToChanges({ rehearsal: { ecs } }: World): Change[] {
  const heard: Change[] = []
  for (const operation of CHANGES) {
    const really = ecs.operations[operation]
    if (!really) throw new Error(`${operation} is not rehearsed`)
    ecs.operations[operation] = (input, caller) => {
      const [, by] = /:role\/(\w+)-/.exec(caller.principal) ?? []
      if (by) heard.push({ by, operation, of: JSON.stringify(input) })
      return really(input, caller)
    }
  }
  return heard
}

/** An account with two installations, whose applications have their services in one cluster. */
async function twoInstallations() {
  const [books, stamps] = [fileOf('books'), fileOf('stamps')]
  const { directory } = await synthesize([stamps], join(REHEARSALS, 'further'), { stack: STAMPS.stack })
  const { directory: assembly } = await synthesize([books])
  const application = validApplication(books)
  const world = await openWorld({ file: books, application, assembly, drive: 'jump', usersPerSecond: 1 / 60 })
  onTestFinished(() => world.rehearsal.stop())
  const { rehearsal, ground } = world
  const { clock, events } = rehearsal
  await rehearsal.deploy(directory)
  const { createFleet, FIRST_TAG } = await loadFleet(ground)
  const other = validApplication(stamps)
  events.faults = () => 'drop'
  const { hosts } = await clock.during('create the other fleet', () =>
    createFleet(other, {
      push: repository => void world.push({ repository, version: FIRST_TAG, tag: FIRST_TAG }),
      until: async awaited => expect.fail(`nobody has ${awaited}`),
    }),
  )
  for (const [host, balancer] of Object.entries(hosts)) rehearsal.loadBalancers.hosts.set(host, balancer)
  await until(world, 'the other fleet is steady', async () => {
    const { deployments = [] } = await readService('shared', STAMPS.repository)
    return deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED'
  })
  events.faults = () => 'deliver'
  const installed = (stack: string) => clock.during('find a stack', () => findInstallation(rehearsal.env, stack))
  return { world, ofBooks: await installed(BOOKS.stack), ofStamps: await installed(STAMPS.stack) }
}

async function until({ rehearsal: { clock } }: World, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = clock.now() + 2 * 3_600_000
  while (!(await clock.during(what, holds))) {
    if (clock.now() > deadline) throw new Error(`never: ${what}`)
    await clock.sleep(10_000)
  }
}

/** Until no execution of either machine is under way, and there are so many of them. */
async function untilEnded(world: World, { releaseMachine, rollbackMachine }: Installation, count: number) {
  await until(world, `${count} execution(s) have ended`, async () => {
    const executed = [...(await executedBy(releaseMachine)), ...(await executedBy(rollbackMachine))]
    return executed.length === count && executed.every(({ status }) => status !== 'RUNNING')
  })
}

/** Every item of an installation's table, as text. */
async function itemsOf({ table: TableName }: Installation): Promise<string[]> {
  const client = new DynamoDBClient({})
  const { Items = [] } = await client.send(new ScanCommand({ TableName }))
  client.destroy()
  return Items.map(item => JSON.stringify(item)).toSorted()
}

/** What ECS says that the service runs: container → digest. */
const served = async (service: string) => (await readServing('shared', service)).revision.digests

async function typed(...args: string[]): Promise<string> {
  let said = ''
  const write = (text: string) => {
    said += text
  }
  await runCommand(args, { screen: createScreen({ write }), style: PLAIN, note: () => {} })
  return said
}

test(
  'two installations release at the same time in one cluster, and one goes back, without touching what is the other’s',
  async () => {
    const { world, ofBooks, ofStamps } = await twoInstallations()
    const { clock } = world.rehearsal
    await moving(clock, async () => {
      const changes = listenToChanges(world)
      for (const { repository } of [BOOKS, STAMPS]) world.push({ repository, version: 'v2', tag: 'v2' })
      await untilEnded(world, ofBooks, 1)
      await untilEnded(world, ofStamps, 1)

      for (const { releaseMachine } of [ofBooks, ofStamps])
        expect(await executedBy(releaseMachine)).toMatchObject([{ status: 'SUCCEEDED', version: 1 }])
      for (const [own, other] of [
        [BOOKS, STAMPS],
        [STAMPS, BOOKS],
      ] as const) {
        const made = changes.filter(({ by }) => by === own.stack)
        expect(made.map(({ operation }) => operation)).toEqual(
          expect.arrayContaining(['UpdateService', 'ContinueServiceDeployment', 'RegisterTaskDefinition']),
        )
        expect(made.filter(({ of }) => of.includes(other.repository))).toEqual([])
      }
      expect(await itemsOf(ofBooks)).not.toContainEqual(expect.stringContaining(STAMPS.app))
      const before = await itemsOf(ofStamps)
      const [books, stamps] = [await served(BOOKS.repository), await served(STAMPS.repository)]
      expect(before).not.toContainEqual(expect.stringContaining(BOOKS.app))
      expect(before).not.toContainEqual(expect.stringContaining('WAIT#'))

      const input = JSON.stringify({ app: BOOKS.app, stage: 'production', reason: 'customers cannot pay' })
      await new SFNClient({}).send(new StartExecutionCommand({ stateMachineArn: ofBooks.rollbackMachine, input }))
      await untilEnded(world, ofBooks, 2)
      expect(await executedBy(ofBooks.rollbackMachine)).toMatchObject([{ status: 'SUCCEEDED' }])
      expect(await itemsOf(ofStamps)).toEqual(before)
      expect(await served(BOOKS.repository)).not.toEqual(books)
      expect(await served(STAMPS.repository)).toEqual(stamps)
    })
    expect(await typed('releases', STAMPS.app, '--stack', STAMPS.stack)).toMatch(/v2.*released/)
    await expect(typed('releases', STAMPS.app)).rejects.toThrow('stamps: is not installed; write one of books')
    await expect(typed('releases', '--stack', 'Coins')).rejects.toThrow('stack Coins cannot be asked for on AWS')
  },
  PATIENCE_MS,
)
