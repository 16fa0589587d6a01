import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type {
  DescribeExecutionOutput,
  GetExecutionHistoryOutput,
  ListExecutionsOutput,
  StartExecutionOutput,
} from '@aws-sdk/client-sfn'
import { onTestFinished, vi } from 'vitest'
import { parse } from 'yaml'
import {
  type AttemptOf,
  canonicalJson,
  digest,
  executionName,
  type ReleaseInput,
  releaseId,
} from '../../domain/identity.ts'
import { kebabCase } from '../contracts/state-machines.ts'
import { loadRecords, type Records } from '../functions/release.ts'
import { createWorld, type World } from '../functions/world.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** How an execution ended. */
export interface Ended {
  arn: string
  status: string
  /** Its output, where it succeeded. */
  output: { outcome?: string; reason?: string }
  /** Its error and cause, where it failed. */
  error: string
  cause: string
}

export interface Machines {
  world: World
  records: Records
  /** A release of that tag and attempt under way: a version that nobody has seen, if its tag is new. */
  push(tag: string, attempt?: number): Promise<AttemptOf & { arn: string }>
  /** The same, once it has ended. */
  release(tag: string, attempt?: number): Promise<AttemptOf & Ended>
  /** A rollback that a person starts. */
  ask(request: unknown): Promise<string>
  /** The same, once it has ended. */
  rollBack(request?: object): Promise<Ended>
  ended(arn: string): Promise<Ended>
  /** Stops an execution, and has CleanUp hear of it; that of its own is waited for. */
  stop(arn: string): Promise<void>
  /** CleanUp hears how an execution ended. */
  hears(arn: string): Promise<void>
  /** Until every rollback that CleanUp has started has ended, and CleanUp has heard of that. */
  cleanedUp(): Promise<void>
  /** Once, when that step's function is called, before it; what this throws, the function throws. `rollback/CloseStage`: of that machine. */
  calling(step: string, act: () => Promise<unknown> | unknown): void
  /** A person asks, and the request stands at the stage; to be used while a step is held up. */
  request(more?: object): Promise<string>
  /** Resolves when that step's function has been called the next time; only where it then waits. */
  reaches(step: string): Promise<void>
  /** Names of the states that an execution has entered. */
  states(arn: string): Promise<string[]>
  /** What the service's task definition has as its image, and whether all is quiet. */
  serves(service?: string): Promise<string>
  /** Every item that there is, as text. */
  items(): Promise<string[]>
}

export const STAGE = { app: 'demo', stage: 'production' }
export const REASON = 'customers cannot pay'

/**
 * Both machines as they are deployed, over the handlers themselves. No event arrives: whoever waits looks again at its next
 * heartbeat, as it does on AWS where an event is lost.
 */
export async function startMachines(file?: Parameters<typeof createWorld>[0]): Promise<Machines> {
  const world = await createWorld(file)
  const { states, lambda, ecr } = world.services
  const hooks: { step: string; act: () => Promise<unknown> | unknown }[] = []
  lambda.invoke = async (name, payload) => {
    vi.setSystemTime(world.now())
    const at = hooks.findIndex(({ step }) => step === name || name.endsWith(`/${step}`))
    const { handler } = await import(`../../functions/${kebabCase(name.split('/')[1] ?? '')}.ts`)
    try {
      if (at >= 0) await hooks.splice(at, 1)[0]?.act()
      return { payload: (await world.invoke(handler, payload)) ?? null, executedVersion: '7' }
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error
      return { payload: { errorType, errorMessage }, functionError: 'Unhandled', executedVersion: '7' }
    }
  }
  const rollback = states.publishVersion(states.createStateMachine(machine('rollback')).stateMachineArn)
  const release = states.publishVersion(states.createStateMachine(machine('release', rollback)).stateMachineArn)
  Object.assign(process.env, { ROLLBACK_MACHINE: rollback, RELEASE_MACHINE: release })
  const records = await loadRecords()
  const digests = new Map<string, ReturnType<typeof digest.parse>>()

  const start = async (stateMachineArn: string, input: unknown, name?: string) => {
    const given = { stateMachineArn, input: JSON.stringify(input), ...(name && { name }) }
    return (await world.ask<StartExecutionOutput>(states, 'StartExecution', given)).executionArn ?? ''
  }
  const describe = (executionArn: string) =>
    world.ask<DescribeExecutionOutput>(states, 'DescribeExecution', { executionArn })
  const made: Machines = {
    world,
    records,
    async push(tag, attempt = 1) {
      const pushed = digests.get(tag) ?? digest.parse(ecr.push({ ...version(tag), repository: 'demo-api', tag }).digest)
      digests.set(tag, pushed)
      const set = { api: pushed }
      const id = releaseId.parse(createHash('sha256').update(canonicalJson(set)).digest('hex').slice(0, 12))
      const of: ReleaseInput = { app: 'demo', release: id, attempt, tag, digests: set }
      await records.registerRelease({ ...of, order: world.now() })
      return { app: 'demo', release: id, attempt, arn: await start(release, of, executionName(of)) }
    },
    async release(tag, attempt) {
      const of = await made.push(tag, attempt)
      return { ...of, ...(await made.ended(of.arn)) }
    },
    ask: request => start(rollback, request),
    async request(more) {
      const arn = await made.ask({ ...STAGE, reason: REASON, ...more })
      for (let turn = 0; turn < 5_000; turn++) {
        if ((await records.readLock(STAGE.app, STAGE.stage)).rollbackRequested) return arn
        await new Promise(setImmediate)
      }
      throw new Error('nothing was asked of the release')
    },
    rollBack: async request => made.ended(await made.ask({ ...STAGE, reason: REASON, ...request })),
    async ended(arn) {
      await world.until(`${arn} ends`, async () => (await describe(arn)).status !== 'RUNNING')
      const { status = '', output, error = '', cause = '' } = await describe(arn)
      return { arn, status, output: JSON.parse(output ?? '{}') ?? {}, error, cause }
    },
    async stop(arn) {
      await world.ask(states, 'StopExecution', { executionArn: arn, cause: 'by hand' })
      await made.hears(arn)
    },
    async hears(arn) {
      const { stateMachineArn, name, status, input, cause } = await describe(arn)
      const { handler } = await import('../../functions/clean-up.ts')
      const detail = { executionArn: arn, stateMachineArn, name, status, input, cause }
      await world.invoke(handler, {
        source: 'aws.states',
        'detail-type': 'Step Functions Execution Status Change',
        detail,
      })
    },
    async cleanedUp() {
      const { executions = [] } = await world.ask<ListExecutionsOutput>(states, 'ListExecutions', {
        stateMachineArn: rollback,
      })
      for (const { name, executionArn } of executions)
        if (name?.endsWith('-c')) await made.hears((await made.ended(executionArn ?? '')).arn)
    },
    calling: (step, act) => void hooks.push({ step, act }),
    async reaches(step) {
      let reached = false
      made.calling(step, () => {
        reached = true
      })
      await world.until(`${step} is called`, () => reached)
    },
    async states(executionArn) {
      const { events = [] } = await world.ask<GetExecutionHistoryOutput>(states, 'GetExecutionHistory', {
        executionArn,
      })
      return events.flatMap(({ stateEnteredEventDetails: entered }) => entered?.name ?? [])
    },
    async serves(service = 'demo-api') {
      const { taskDefinition = '' } = await world.describe(service)
      const image = (await world.definition(taskDefinition)).taskDefinition?.containerDefinitions?.[0]?.image ?? ''
      const known = [...digests].find(([, value]) => image.endsWith(value))
      return known?.[0] ?? 'v1'
    },
    async items() {
      const { DynamoDBClient, ScanCommand } = await import('@aws-sdk/client-dynamodb')
      const client = new DynamoDBClient({})
      const { Items = [] } = await client.send(new ScanCommand({ TableName: 'ledger' }))
      client.destroy()
      return Items.map(item => JSON.stringify(item)).toSorted()
    },
  }
  return made
}

/** The definition with every function called by its own name. */
function machine(name: 'release' | 'rollback', rollback = '') {
  const text = readFileSync(join(ROOT, `statemachines/${name}.asl.yaml`), 'utf8')
  const definition = JSON.stringify(parse(text, { merge: true })).replaceAll(/\$\{(\w+)\}/g, (_, step: string) =>
    step === 'RollbackMachine' ? rollback : `${name}/${step}`,
  )
  return { name: `${name}s`, definition, roleArn: 'arn:aws:iam::111122223333:role/machine' }
}

/** A folder whose content, and so whose digest, is that of this tag alone. */
function version(tag: string): { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'version-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'container.mjs'), `export default { fetch: () => new Response('${tag}') }\n`)
  return { folder }
}
