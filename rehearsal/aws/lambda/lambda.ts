import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-lambda'
import type { Clock } from '../../clock.ts'
import { type Hosts, worldNow } from '../../process/world.ts'
import { LAMBDA_AUTHORIZATION } from '../authorization/lambda.ts'
import { createIam, type Iam } from '../iam/iam.ts'
import type { Caller, FunctionHost, Invocation, LogWriter, Service } from '../service.ts'
import type { Queue } from '../sqs/queue.ts'
import { oneOf } from '../wire/constraints.ts'
import { Senders } from '../wire/senders.ts'
import { type AsyncSettings, createQueue } from './asynchronous.ts'
import { createDeliveries } from './deliveries.ts'
import { startEnvironment } from './environment.ts'
import { createExecutionRole } from './execution-role.ts'
import type { Faults } from './faults.ts'
import { createFunctions, type FunctionSettings, type Target, type Version } from './functions.ts'
import { demandJson, demandSize, refuseUnrehearsed } from './invocation.ts'
import { createPolicies, type Permission, type Source } from './policy.ts'
import { createPool } from './pool.ts'
import { scriptOf } from './script.ts'
import { createThreads } from './threads.ts'
import { versionOperations } from './versions.ts'

export interface LambdaOptions {
  clock: Clock
  /** Where the functions' SDK clients go; asked when an environment starts. */
  endpoint: () => string
  logs: LogWriter
  /** The hosts that this machine stands for; asked at every invocation. */
  hosts: () => Hosts
  /** Idle environments that stay warm, over all functions. Default 2: with more, two services under release took over 1 GB. */
  keepWarm?: number
  /** Functions that are one bundle run in threads of this process, not in processes of their own. Default: no. */
  inThreads?: boolean
  /**
   * What is warm in threads at the end serves the next rehearsal of this process, too, where code and variables are the same: as
   * an account that goes on would have it. Default: no.
   */
  lasting?: boolean
  /** Where dead letters go; nowhere if absent. */
  queues?: { queue(arn: string): Queue | undefined }
  /** Judges the functions' roles, and the roles that call them. Default: nobody is judged. */
  iam?: Iam
  /** Where functions are known by the requests that they send. Default: nowhere. */
  senders?: Senders
  /** Told of what went wrong in the host itself, where nobody waits for an answer. */
  onSurprise: (error: unknown) => void
}

export interface Lambda extends Service, FunctionHost {
  /** A service that calls on its own must be allowed by the function's resource policy, a role that is assumed for it by its own. */
  invoke(
    functionArn: string,
    payload: unknown,
    source?: Source | Caller,
  ): Promise<Invocation & { executedVersion: string }>
  /** With `source`, the function's resource policy must allow it. */
  invokeLater(functionArn: string, payload: unknown, source?: Source): void
  createFunction(settings: FunctionSettings): { functionArn: string }
  /** New code and settings, in place of all that `$LATEST` had. */
  updateFunction(settings: FunctionSettings): void
  /** With all its versions. */
  deleteFunction(name: string): void
  /** Returns the ARN of the version. */
  publishVersion(name: string): string
  /** Whether publishing it would make another version. */
  isChanged(name: string): boolean
  /** By its ARN; nobody can call it any more. */
  deleteVersion(versionArn: string): void
  /** Seconds that an invocation may take. */
  timeoutOf(functionName: string): number
  /** ARN of the role that the function has. */
  roleOf(functionName: string): string
  addPermission(permission: Permission): void
  removePermission(permission: Permission): void
  putEventInvokeConfig(functionName: string, settings: AsyncSettings): void
  /** What goes wrong with the next invocation. Default: nothing. */
  faults: Faults
  /** Environments that run or are warm now. */
  environments(): number
  /** All environments end now, in the middle of whatever they do. */
  killAll(): Promise<void>
  stop(): Promise<void>
}

const NONE = { queue: () => undefined }

export function createLambda(options: LambdaOptions): Lambda {
  const {
    clock,
    endpoint,
    logs,
    hosts,
    keepWarm = 3,
    inThreads = false,
    lasting = false,
    queues = NONE,
    iam = createIam(),
    senders = new Senders(clock),
    onSurprise,
  } = options
  const store = lasting ? lastingStore() : newStore()
  const functions = createFunctions(store)
  const policies = createPolicies(functions)
  const role = createExecutionRole(iam, logs)
  const around = { endpoint, world: () => worldNow(clock, hosts()), log: role.log }
  const threads = createThreads({ lasting })
  const pool = createPool(version => {
    const stream = logStream(clock, version)
    role.opensLog(version, stream)
    const script = inThreads ? scriptOf(version.code) : undefined
    return script ? threads.start(version, script, stream, around) : startEnvironment(version, stream, around)
  }, keepWarm)
  const deliveries = createDeliveries({ clock, pool, role, senders, faults: () => lambda.faults })
  const queue = createQueue({
    clock,
    logs,
    run: deliveries.run,
    queues,
    role,
    onSurprise,
  })
  const clear = () => {
    if (!lasting) rmSync(store, { recursive: true, force: true })
  }
  const killNow = () => {
    void pool.killAll()
    clear()
  }
  process.once('exit', killNow)

  function enqueue(target: Target, payload: string): void {
    demandSize(payload, 'Event')
    queue.accept(target, payload)
  }

  const lambda: Lambda = {
    signingName: 'lambda',
    faults: () => undefined,
    sdk,
    authorization: LAMBDA_AUTHORIZATION,
    operations: {
      ...versionOperations(functions),
      async Invoke(input: sdk.InvocationRequest): Promise<sdk.InvocationResponse> {
        oneOf('invocationType', input.InvocationType, sdk.InvocationType)
        oneOf('logType', input.LogType, sdk.LogType)
        refuseUnrehearsed(input)
        const target = functions.find(input.FunctionName ?? '', input.Qualifier)
        const payload = input.Payload ? Buffer.from(input.Payload).toString('utf8') : ''
        demandJson(payload)
        if (input.InvocationType === 'Event') {
          enqueue(target, payload || '{}')
          return { StatusCode: 202 }
        }
        demandSize(payload, 'RequestResponse')
        const answer = await deliveries.run(target, payload || '{}')
        return {
          StatusCode: 200,
          ExecutedVersion: target.version.version,
          ...('failed' in answer
            ? { FunctionError: 'Unhandled', Payload: Buffer.from(answer.failed) }
            : { Payload: Buffer.from(answer.payload) }),
        }
      },
    },

    async invoke(functionArn, payload, source) {
      const target = functions.find(functionArn)
      if (source && 'principal' in source)
        iam.demand(source.principal, [{ action: 'lambda:InvokeFunction', resource: target.arn }])
      else if (source) policies.demand(target.arn, source)
      const text = JSON.stringify(payload)
      demandSize(text, 'RequestResponse')
      const answer = await deliveries.run(target, text)
      const executedVersion = target.version.version
      if ('failed' in answer)
        return { payload: JSON.parse(answer.failed), functionError: 'Unhandled' as const, executedVersion }
      return { payload: JSON.parse(answer.payload), executedVersion }
    },
    invokeLater(functionArn, payload, source) {
      const target = functions.find(functionArn)
      if (source) policies.demand(target.arn, source)
      enqueue(target, JSON.stringify(payload))
    },
    createFunction(settings) {
      role.demandUsable(settings)
      return functions.create(settings)
    },
    updateFunction(settings) {
      role.demandUsable(settings)
      functions.update(settings)
    },
    deleteFunction: functions.delete,
    publishVersion: functions.publish,
    isChanged: name => functions.unchanged(name) === undefined,
    deleteVersion: functions.deleteVersion,
    timeoutOf: name => functions.find(name).version.timeout,
    roleOf: name => functions.find(name).version.roleArn,
    addPermission: policies.add,
    removePermission: policies.remove,
    putEventInvokeConfig: (name, settings) => queue.configure(functions.find(name).version, settings),
    environments: pool.size,
    killAll: pool.killAll,
    async stop() {
      deliveries.stop()
      process.off('exit', killNow)
      await threads.stop()
      await pool.killAll()
      clear()
    },
  }
  return lambda
}

const newStore = () => mkdtempSync(join(tmpdir(), 'functions-'))

let store: string | undefined

/** One for this process. */
function lastingStore(): string {
  if (store !== undefined) return store
  const made = newStore()
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  store = made
  return made
}

function logStream(clock: Clock, version: Version): string {
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[${version.version}]${randomBytes(16).toString('hex')}`
}
