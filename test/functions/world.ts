import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'aws-lambda'
import { onTestFinished, vi } from 'vitest'
import { type Application, applicationSchema } from '../../domain/application.ts'
import { type Notification, notification } from '../../events/notification.ts'
import { useEnvironment } from '../../functions/environment.ts'
import type { Service } from '../../rehearsal/aws/service.ts'
import type { Postgres } from '../../rehearsal/fleet/postgres.ts'
import { onPaper, type RehearsedServices, startServices } from '../../rehearsal/index.ts'
import { type Fleet, setUpFleet } from './fleet.ts'

/** The simplest application: one image, one service, one stage. A test changes one thing of it by intention. */
function simplestFile() {
  return {
    app: 'demo',
    images: { api: 'demo-api' } as Record<string, string>,
    trigger: { tags: '^v\\d+$' },
    stages: [
      {
        name: 'production',
        cluster: 'demo',
        services: [{ service: 'demo-api', container: 'api', image: 'api', strategy: 'rolling' }] as object[],
        smoke: [] as object[],
      },
    ],
  }
}
export type ApplicationFile = ReturnType<typeof simplestFile>

/** What hangs takes as long in real time. */
const HANGING_MS = 1_500

/** The version that Lambda says was called. */
export const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:step:7'

/** Of Powertools' lines, what tests read. */
export interface LogLine {
  level: string
  message: string
  [key: string]: unknown
}

export interface World extends Fleet {
  services: RehearsedServices
  application: Application
  logged: LogLine[]
  /** ARNs of machines whose executions wait until their token is answered. */
  machines: { release: string; rollback: string; step: string }
  now(): number
  /** Lets AWS time pass; it stands otherwise. */
  pass(ms: number): Promise<void>
  /** Looks again and again, as AWS time passes. `everyMs`: longer where a look costs a step's whole work. */
  until(what: string, holds: () => Promise<boolean> | boolean, everyMs?: number): Promise<void>
  /** Calls a handler as Lambda does. */
  invoke<R>(handler: Handler<R>, event: unknown): Promise<R>
  /** The next token that an execution of these machines waits for. */
  nextToken(): Promise<string>
  /** What was published for people, in order, as often as it was. Personal links come to `services.mailbox`, once AWS time passes. */
  told(): Notification[]
  /** Asks a service directly, as an operator. */
  ask<T>(service: Service, operation: string, input: object): Promise<T>
}

type Handler<R> = (event: never, context: Context) => Promise<R>

/**
 * Services of its own for one test, stopped when it ends, in which nothing moves but by `pass`. What handlers made for the
 * environment of the test before is forgotten.
 */
export async function createWorld(
  change: (file: ApplicationFile) => void = () => {},
  { postgres = onPaper() }: { postgres?: Postgres } = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'functions-'))
  const outside = { ...process.env }
  const services = await startServices({
    drive: 'jump',
    start: Date.UTC(2026, 10, 20, 9),
    logDir: join(folder, 'logs'),
    runMs: HANGING_MS,
    postgres,
  })
  let release = services.clock.hold('the test')
  onTestFinished(async () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    useEnvironment(Object.fromEntries(Object.keys(process.env).map(name => [name, outside[name]])))
    release()
    await services.stop()
    rmSync(folder, { recursive: true })
  })
  const file = simplestFile()
  change(file)
  const application = applicationSchema.parse(file)
  writeFileSync(join(folder, 'applications.json'), JSON.stringify([application]))
  await createTable(services)

  const seeTime = () => vi.setSystemTime(services.clock.now())
  const pass = async (ms: number) => {
    release()
    await services.clock.sleep(ms)
    release = services.clock.hold('the test')
    seeTime()
  }
  vi.useFakeTimers({ toFake: ['Date'] })
  seeTime()
  const { nextToken, ...machines } = createMachines(services)
  const { told, ...people } = createTopics(services, application)
  useEnvironment({
    ...services.env,
    ...people,
    TABLE: 'ledger',
    INSTALLATION: 'Sluice',
    RELEASE_MACHINE: machines.release,
    ROLLBACK_MACHINE: machines.rollback,
    LAMBDA_TASK_ROOT: folder,
    // A throttled call is repeated by the state machine's Retry here, not by the client.
    AWS_MAX_ATTEMPTS: '1',
  })
  const logged = recordLog()

  const ask = async <T>(service: Service, operation: string, input: object) => {
    const run = service.operations[operation]
    if (!run) throw new Error(`${operation} is not rehearsed`)
    return (await run(input, { principal: 'arn:aws:iam::111122223333:user/operator' })) as T
  }
  const until = async (what: string, holds: () => Promise<boolean> | boolean, everyMs = 1_000) => {
    const deadline = services.clock.now() + 3_600_000
    while (!(await holds())) {
      if (services.clock.now() > deadline) throw new Error(`never: ${what}`)
      await pass(everyMs)
    }
  }
  return {
    services,
    application,
    logged,
    machines,
    now: () => services.clock.now(),
    pass,
    until,
    invoke: (handler, event) => handler(event as never, { invokedFunctionArn: FUNCTION_ARN } as Context),
    nextToken,
    told,
    ask,
    ...(await setUpFleet({ services, application, ask, until })),
  }
}

/** One state that waits for somebody to answer its token. */
const WAITS = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: {
    Wait: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      HeartbeatSeconds: 3_600,
      Arguments: { FunctionName: 'told', Payload: { token: '{% $states.context.Task.Token %}' } },
      End: true,
    },
  },
})

/** No function is deployed here: what a state machine calls is told its token, and the test plays the function. */
function createMachines({ states, lambda }: RehearsedServices) {
  const tokens: string[] = []
  lambda.invoke = async (_arn, payload) => {
    tokens.push((payload as { token: string }).token)
    return { payload: null, executedVersion: '7' }
  }
  const create = (name: string) =>
    states.publishVersion(
      states.createStateMachine({ name, definition: WAITS, roleArn: 'arn:aws:iam::111122223333:role/machine' })
        .stateMachineArn,
    )
  const nextToken = async () => {
    for (let turn = 0; turn < 100; turn++) {
      const token = tokens.shift()
      if (token) return token
      await new Promise(setImmediate)
    }
    throw new Error('no execution asked for an answer')
  }
  return { release: create('release'), rollback: create('rollback'), step: create('step'), nextToken }
}

export const PAGES_URL = 'https://pages.example'

/** The topic that tells people, the one that sends personal links to each address, and the key that signs them. */
function createTopics({ sns, secrets }: RehearsedServices, { stages }: Application) {
  const [NOTIFICATIONS, LINKS] = [sns.createTopic('notifications').arn, sns.createTopic('links').arn]
  const approvers = stages.flatMap(({ approval }) => approval?.approvers ?? [])
  for (const endpoint of new Set(approvers.flatMap(({ email }) => email?.toLowerCase() ?? [])))
    sns.subscribe({ topicArn: LINKS, protocol: 'email', endpoint, filterPolicy: { to: [endpoint] } })
  const LINK_KEY = secrets.createSecret({ name: 'signs-links', value: 'a key that only the tests know' }).arn

  const told: Notification[] = []
  const { Publish: publish } = sns.operations
  if (!publish) throw new Error('Publish is not rehearsed')
  sns.operations.Publish = async (input, caller) => {
    const published = await publish(input, caller)
    if (input.TopicArn === NOTIFICATIONS) told.push(notification.parse(JSON.parse(input.Message)))
    return published
  }
  return { NOTIFICATIONS, LINKS, LINK_KEY, PAGES_URL, told: () => told }
}

function createTable({ dynamodb }: RehearsedServices): Promise<void> {
  const keys = { pk: 'HASH', sk: 'RANGE' } as const
  return dynamodb.createTable({
    TableName: 'ledger',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: Object.keys(keys).map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: Object.entries(keys).map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
  })
}

function recordLog(): LogLine[] {
  const logged: LogLine[] = []
  for (const method of ['debug', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation(line => void logged.push(JSON.parse(String(line))))
  return logged
}
