import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RehearsedServices, startServices } from '../../../rehearsal/index.ts'

const START = Date.UTC(2026, 0, 5, 8)
const SDK = import.meta.resolve('@aws-sdk/client-ssm')
const ROLE = 'arn:aws:iam::111122223333:role/writer'

/** Functions are processes where it is said how many are kept warm. */
const KINDS: [kind: string, options: { keepWarm?: number }][] = [
  ['in threads', {}],
  ['in processes', { keepWarm: 3 }],
]

let folder: string
let services: RehearsedServices
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outlived-'))
})
afterEach(async () => {
  await services.stop()
  rmSync(folder, { recursive: true })
})

async function open(options: { keepWarm?: number }): Promise<void> {
  // Parameters are written faster here than AWS takes them.
  services = await startServices({
    drive: 'jump',
    start: START,
    logDir: join(folder, 'logs'),
    quotas: false,
    ...options,
  })
}

/** A function that writes its event's `name` as a parameter, and then the time that it sees. */
function deployWriter(name = 'writer', timeout = 60) {
  const code = mkdtempSync(join(folder, 'code-'))
  const body = `export const handler = async ({ name }) => {
      const { SSMClient, PutParameterCommand } = await import('${SDK}')
      const given = { Name: name, Value: 'x', Type: 'String', Overwrite: true }
      await new SSMClient({ maxAttempts: 1 }).send(new PutParameterCommand(given))
      return new Date().toISOString()
    }`
  writeFileSync(join(code, 'index.mjs'), body)
  const accessKey = { accessKeyId: `AKIA${name}`, secretAccessKey: name }
  services.addPrincipal(accessKey, ROLE)
  const settings = { name, code, handler: 'index.handler', runtime: 'nodejs24.x', roleArn: ROLE, accessKey, timeout }
  return services.lambda.createFunction(settings).functionArn
}

const written = (name: string) => services.ssm.versions(name).map(({ at }) => (at - START) / 1000)
const seconds = () => (services.clock.now() - START) / 1000
const stall = (stallMs: number) => services.faults.add({ service: 'ssm', does: { stallMs } })

describe.each(KINDS)('%s, a function whose request stands still', (_, options) => {
  beforeEach(() => open(options))

  test('outlives the state that waited for it, and its request arrives all the same', async () => {
    const functionName = deployWriter()
    const { stateMachineArn } = services.states.createStateMachine({
      name: 'machine',
      roleArn: 'arn:aws:iam::111122223333:role/machine',
      definition: JSON.stringify({
        ...{ QueryLanguage: 'JSONata', StartAt: 'Write' },
        States: {
          Write: {
            ...{ Type: 'Task', End: true, HeartbeatSeconds: 20 },
            Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
            Arguments: {
              FunctionName: functionName,
              Payload: { name: 'late', token: '{% $states.context.Task.Token %}' },
            },
          },
        },
      }),
    })
    const fault = stall(45_000)
    const ended: unknown[] = []
    services.events.putRule({ name: 'ended', pattern: { source: ['aws.states'] }, targets: [] })
    services.events.faults = ({ detail }) => {
      ended.push([detail.status, detail.error, seconds(), written('late').length])
      return 'drop'
    }
    await services.clock.during('start', async () => {
      const started = services.states.operations.StartExecution?.({ stateMachineArn, input: '{}' }, { principal: 'me' })
      expect(started).toMatchObject({ executionArn: expect.any(String) })
    })
    await services.clock.sleep(120_000)
    expect(ended.at(-1)).toEqual(['FAILED', expect.stringMatching(/Timeout/), 20, 0])
    expect(written('late')).toEqual([45])
    expect(fault.fired()).toBe(1)
  })

  test('ends at its limit in AWS time where that comes first, and its request never arrives', async () => {
    const name = deployWriter('writer', 30)
    stall(45_000)
    const { functionError, payload } = await services.lambda.invoke(name, { name: 'never' })
    expect([functionError, payload]).toEqual([
      'Unhandled',
      { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('timed out after 30.00 seconds') },
    ])
    expect(seconds()).toBeGreaterThan(20)
    expect(seconds()).toBeLessThanOrEqual(30)
    await services.clock.sleep(60_000)
    expect(written('never')).toEqual([])
    expect((await services.lambda.invoke(name, { name: 'again' })).functionError).toBeUndefined()
  })

  test('holds nobody up but itself, and time stands again once its request arrives', async () => {
    const name = deployWriter()
    deployWriter('other')
    stall(10_000)
    const seen: number[] = []
    services.clock.timer(4000, () => seen.push(seconds()))
    services.clock.timer(4000, () => void services.lambda.invoke('other', { name: 'other' }))
    services.clock.timer(3_600_000, () => seen.push(seconds()))
    const { payload } = await services.lambda.invoke(name, { name: 'late' })
    expect([written('other'), written('late'), seen, seconds()]).toEqual([[4], [10], [4], 10])
    expect(payload).toBe(new Date(START + 10_000).toISOString())
  })

  test('holds up nobody who is called at the same moment and was warm beside it', async () => {
    for (const name of ['writer', 'other']) await services.lambda.invoke(deployWriter(name), { name: 'warm' })
    const role = 'arn:aws:iam::111122223333:role/quick'
    services.addPrincipal({ accessKeyId: 'AKIAother', secretAccessKey: 'other' }, role)
    services.faults.add({ service: 'ssm', does: { stallMs: 10_000 }, principal: who => who !== role })
    await Promise.all(['writer', 'other'].map(name => services.lambda.invoke(name, { name })))
    expect([written('other'), written('writer')]).toEqual([[0], [10]])
  })

  test('sends no request any more once its host has been killed', async () => {
    const name = deployWriter()
    stall(10_000)
    services.clock.timer(5000, () => void services.clock.during('kill', () => services.lambda.killAll()))
    const { payload } = await services.lambda.invoke(name, { name: 'late' })
    expect(payload).toMatchObject({ errorType: 'Runtime.ExitError' })
    await services.clock.sleep(60_000)
    expect(written('late')).toEqual([])
  })
})

test.each(KINDS)(
  '%s, a host that is killed takes all along after the effect of a request, before its answer',
  async (_, options) => {
    await open(options)
    const [first, second] = [deployWriter(), deployWriter('other')]
    await services.lambda.invoke(second, { name: 'warm' })
    let left = 1
    services.lambda.faults = ({ name }) => (name === 'writer' && left-- > 0 ? 'kill-host' : undefined)
    const { payload } = await services.lambda.invoke(first, { name: 'half' })
    expect(payload).toMatchObject({ errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('killed') })
    expect(written('half')).toHaveLength(1)
    expect(services.lambda.environments()).toBe(0)
    for (const name of [first, second])
      expect((await services.lambda.invoke(name, { name: 'on' })).functionError).toBe(undefined)
  },
)
