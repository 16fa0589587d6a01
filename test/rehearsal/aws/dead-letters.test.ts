import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEvents, type Events, type RuleTarget } from '../../../rehearsal/aws/events.ts'
import { createLambda, type Lambda } from '../../../rehearsal/aws/lambda/lambda.ts'
import { AwsError } from '../../../rehearsal/aws/service.ts'
import { createSqs, type Sqs } from '../../../rehearsal/aws/sqs.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'

const TARGET = 'arn:aws:lambda:eu-west-1:111122223333:function:wake'
const RULE = 'arn:aws:events:eu-west-1:111122223333:rule/on-push'
const event = { source: 'aws.ecr', 'detail-type': 'ECR Image Action', resources: [], detail: { tag: 'v1' } }

let clock: Clock
let sqs: Sqs
let letters: { arn: string; url: string }

beforeEach(() => {
  clock = createClock({ drive: 'jump', start: Date.parse('2026-03-01T09:00:00Z') })
  sqs = createSqs({ clock, endpoint: () => 'http://127.0.0.1:9' })
  letters = sqs.createQueue({ name: 'letters' })
})
afterEach(() => clock.stop())

/** The letters that are there, each as its body and its attributes' texts. */
const read = () =>
  (sqs.queue(letters.arn)?.receive(10) ?? []).map(({ body, attributes }) => ({
    body: JSON.parse(body),
    ...Object.fromEntries(Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue])),
  }))

describe('an event that EventBridge cannot hand over', () => {
  let events: Events
  let failure: AwsError

  beforeEach(() => {
    const deliver = () => {
      throw failure
    }
    events = createEvents({ clock, deliver, queues: sqs })
    letWrite(RULE)
  })

  function letWrite(sourceArn: string): void {
    const Condition = { ArnLike: { 'aws:SourceArn': sourceArn } }
    const may = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' }
    sqs.putQueuePolicy(letters.url, { Statement: [{ ...may, Resource: letters.arn, Condition }] })
  }

  async function give(error: AwsError, more: Partial<RuleTarget> = {}): Promise<void> {
    failure = error
    const target = { id: 'wake', arn: TARGET, deadLetterArn: letters.arn, ...more }
    events.putRule({ name: 'on-push', pattern: { source: ['aws.ecr'] }, targets: [target] })
    events.publish(event)
    await clock.sleep(2 * 86_400_000)
  }

  test('and may not is a letter at once, with the rule, the target and the error', async () => {
    await give(new AwsError('AccessDeniedException', 'not authorized', 403))
    expect(read()).toEqual([
      {
        body: expect.objectContaining(event),
        ...{ RULE_ARN: RULE, TARGET_ARN: TARGET, ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'not authorized' },
      },
    ])
    expect(events.undelivered).toEqual([])
  })

  test.each([
    [{ maximumRetryAttempts: 2 }, 'MaximumRetryAttempts', '2'],
    [{ maximumEventAgeInSeconds: 60 }, 'MaximumEventAgeInSeconds', '5'],
  ])('within the limits %j is a letter that says which was exhausted', async (retryPolicy, condition, attempts) => {
    await give(new AwsError('TooManyRequestsException', 'Rate Exceeded', 429), { retryPolicy })
    expect(read()).toMatchObject([
      { ERROR_CODE: 'THROTTLING', EXHAUSTED_RETRY_CONDITION: condition, RETRY_ATTEMPTS: attempts },
    ])
  })

  test('is what the target would have got, where that is not the event', async () => {
    await give(new AwsError('ResourceNotFoundException', 'gone', 404), { input: '{"wake":true}' })
    expect(read()).toMatchObject([{ body: { wake: true }, ERROR_CODE: 'NO_RESOURCE' }])
  })

  test.each([
    ['lets another rule in alone', () => letWrite(`${RULE}-other`), undefined],
    ['is not there', () => {}, { arn: 'arn:aws:sqs:eu-west-1:111122223333:nowhere' }],
  ])('is lost where its queue %s', async (_, spoil, queue) => {
    spoil()
    await give(new AwsError('AccessDeniedException', 'no', 403), queue ? { deadLetterArn: queue.arn } : {})
    expect(read()).toEqual([])
    expect(events.undelivered).toMatchObject([{ rule: 'on-push', error: { name: 'AccessDeniedException' } }])
  })
})

describe('an event that a function fails at every try of', () => {
  let folder: string
  let lambda: Lambda

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'letters-'))
    writeFileSync(join(folder, 'index.mjs'), `export const handler = async () => { throw new Error('no way') }`)
    const silent = { endpoint: () => '', logs() {}, hosts: () => ({}), onSurprise() {} }
    lambda = createLambda({ clock, queues: sqs, ...silent })
  })
  afterEach(async () => {
    await lambda.stop()
    rmSync(folder, { recursive: true })
  })

  const create = (more: { deadLetterArn?: string }) =>
    lambda.createFunction({
      ...{ name: 'wake', code: folder, handler: 'index.handler', runtime: 'nodejs24.x' },
      roleArn: 'arn:aws:iam::111122223333:role/r',
      accessKey: { accessKeyId: 'AKIAWAKE', secretAccessKey: 'secret' },
      ...more,
    }).functionArn

  test('is a letter as it came, with the error of the last', async () => {
    lambda.invokeLater(create({ deadLetterArn: letters.arn }), event)
    await clock.sleep(170_000)
    expect(read()).toEqual([])
    await clock.sleep(20_000)
    expect(read()).toEqual([
      { body: event, RequestID: expect.stringMatching(/^[0-9a-f-]{36}$/), ErrorCode: '200', ErrorMessage: 'no way' },
    ])
  })

  test('is one of the version that was called, which keeps its queue', async () => {
    create({ deadLetterArn: letters.arn })
    lambda.invokeLater(lambda.publishVersion('wake'), event)
    await clock.sleep(3_600_000)
    expect(read()).toHaveLength(1)
  })

  test('is no letter where the function has no queue', async () => {
    lambda.invokeLater(create({}), event)
    await clock.sleep(3_600_000)
    expect(read()).toEqual([])
  })
})
