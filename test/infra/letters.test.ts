import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WAITING } from '../../infra/sluice.ts'
import { type Rehearsal, startRehearsal } from '../../rehearsal/index.ts'
import { type Resource, ROOT, type SynthesizedStack, synthesizedStack } from './stack.ts'

let stack: SynthesizedStack

beforeAll(async () => {
  stack = await synthesizedStack()
})

const stepOf = ({ properties }: Resource) => String(properties.Description).replace('Sluice: ', '')
const HOUR = 3_600

interface Target {
  Arn: unknown
  DeadLetterConfig?: { Arn: unknown }
  RetryPolicy?: { MaximumEventAgeInSeconds: number }
}

describe('what reaches nobody', () => {
  const targets = () => stack.of('AWS::Events::Rule').flatMap(({ properties }) => properties.Targets as Target[])

  test('of an event is a letter in one queue for all rules', () => {
    const queues = targets().map(({ DeadLetterConfig }) => stack.named(DeadLetterConfig?.Arn))
    expect(new Set(queues.map(queue => queue?.type))).toEqual(new Set(['AWS::SQS::Queue']))
    expect(new Set(queues.map(queue => queue?.id)).size).toBe(1)
  })

  test('of what a function was given and failed at is a letter in one queue for all functions that are given anything so', () => {
    const leaving = stack.of('AWS::Lambda::Function').filter(({ properties }) => properties.DeadLetterConfig)
    const heard = targets().map(({ Arn }) => stack.named(Arn))
    const given = new Set([...heard.flatMap(each => (each ? [stepOf(each)] : [])), ...WAITING])
    expect(leaving.map(stepOf)).toEqual(expect.arrayContaining([...given]))
    const queues = leaving.map(({ properties }) => (properties.DeadLetterConfig as { TargetArn: unknown }).TargetArn)
    expect(new Set(queues.map(queue => stack.named(queue)?.id)).size).toBe(1)
    for (const { properties } of leaving) {
      // Lambda looks at the role before it makes the function: a policy beside it may come too late.
      const policies = JSON.stringify(stack.named(properties.Role)?.properties.Policies)
      expect(policies).toContain('"sqs:SendMessage"')
    }
  })

  test.each([
    ['StartRelease', [HOUR], HOUR],
    ['Wake', [HOUR], HOUR],
    // Where it looks by itself, the next look makes up for one that is missed.
    ['CleanUp', [24 * HOUR, HOUR / 4], 6 * HOUR],
    ['LookForImages', [HOUR / 4], HOUR / 4],
  ])(
    'is a letter of %s as soon as it would be of no use any more: after %j s, or %d s in Lambda',
    (step, ages, inLambda) => {
      const hearing = targets().filter(({ Arn }) => {
        const target = stack.named(Arn)
        return target && stepOf(target) === step
      })
      expect(new Set(hearing.map(({ RetryPolicy }) => RetryPolicy?.MaximumEventAgeInSeconds))).toEqual(new Set(ages))
      const configs = stack.of('AWS::Lambda::EventInvokeConfig').filter(({ properties }) => {
        const target = stack.named(properties.FunctionName)
        return target && stepOf(target) === step
      })
      expect(configs).toMatchObject([
        { properties: { Qualifier: '$LATEST', MaximumEventAgeInSeconds: inLambda, MaximumRetryAttempts: 2 } },
      ])
    },
  )

  test('rings an alarm that says what to do, and goes on until somebody has looked', () => {
    const dead = stack.of('AWS::SQS::Queue').filter(({ properties }) => properties.RedrivePolicy === undefined)
    expect(dead.length).toBe(5)
    for (const { id } of dead) {
      const alarms = stack.of('AWS::CloudWatch::Alarm').filter(({ properties }) => {
        const [dimension] = properties.Dimensions as { Value: unknown }[]
        return stack.named(dimension?.Value)?.id === id
      })
      expect(alarms).toMatchObject([{ properties: { Threshold: 1, Period: 60, TreatMissingData: 'ignore' } }])
      expect(String(alarms[0]?.properties.AlarmDescription)).toMatch(/letter.*(sluice push|redrive)/)
    }
  })

  test('fits into the policy of its queue, however many rules there are', () => {
    const statements = stack
      .of('AWS::SQS::QueuePolicy')
      .map(({ properties }) => (properties.PolicyDocument as { Statement: object[] }).Statement.length)
    expect(Math.max(...statements)).toBeLessThanOrEqual(3)
  })
})

describe('a push', () => {
  const push = JSON.parse(readFileSync(join(ROOT, 'events/ecr-image-action.json'), 'utf8'))
  let folder: string

  afterEach(() => rmSync(folder, { recursive: true }))

  /** The demo's stack, of whose permissions some are not there. */
  async function deployed(without: (permission: Resource) => boolean = () => false): Promise<Rehearsal> {
    folder = mkdtempSync(join(tmpdir(), 'letters-'))
    const assembly = join(folder, 'assembly')
    cpSync(stack.directory, assembly, { recursive: true })
    const file = join(assembly, `${stack.assembly.stackName}.template.json`)
    const template = JSON.parse(readFileSync(file, 'utf8'))
    for (const { id } of stack.of('AWS::Lambda::Permission').filter(without)) delete template.Resources[id]
    writeFileSync(file, JSON.stringify(template))
    const rehearsal = await startRehearsal({ assembly, drive: 'jump', logDir: join(folder, 'logs') })
    onTestFinished(() => rehearsal.stop())
    return rehearsal
  }

  const ringing = ({ alarms }: Rehearsal) => alarms().flatMap(({ name, state }) => (state === 'ALARM' ? [name] : []))

  async function letters({ env, endpoint, stack: { resources } }: Rehearsal, queue: RegExp) {
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' }
    const client = new SQSClient({ endpoint, credentials, region: env.AWS_REGION ?? '' })
    const [, QueueUrl] = Object.entries(resources).find(([id]) => queue.test(id)) ?? []
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 }),
    )
    return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
      detail: JSON.parse(Body).detail,
      error: MessageAttributes.ERROR_CODE?.StringValue ?? MessageAttributes.ErrorMessage?.StringValue,
    }))
  }

  test('that starts no release at three tries is a letter, and an alarm rings', async () => {
    const rehearsal = await deployed()
    rehearsal.lambda.faults = ({ name }) => (name.includes('StartRelease') ? 'crash-before' : undefined)
    rehearsal.events.publish(push)
    await rehearsal.clock.sleep(8 * 60_000)
    expect(ringing(rehearsal)).toEqual([expect.stringMatching(/LettersFunctionsFailed/)])
    expect(await letters(rehearsal, /LettersFailed[0-9A-F]{8}$/)).toEqual([
      { detail: push.detail, error: expect.stringContaining('signal: killed') },
    ])
  })

  test('that EventBridge may not tell is a letter, and another alarm rings', async () => {
    const rehearsal = await deployed(({ id }) => id.includes('ImagePushed'))
    rehearsal.events.publish(push)
    await rehearsal.clock.sleep(5 * 60_000)
    expect(ringing(rehearsal)).toEqual([expect.stringMatching(/LettersEventsUndelivered/)])
    expect(await letters(rehearsal, /LettersUndelivered[0-9A-F]{8}$/)).toEqual([
      { detail: push.detail, error: 'NO_PERMISSIONS' },
    ])
    expect(rehearsal.events.undelivered).toEqual([])
  })
})
