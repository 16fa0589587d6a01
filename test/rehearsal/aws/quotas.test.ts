import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEvents, type Events } from '../../../rehearsal/aws/events.ts'
import { createLambda, type Lambda } from '../../../rehearsal/aws/lambda/lambda.ts'
import { createStates, type States } from '../../../rehearsal/aws/states.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'
import { type World, worldWith } from './wire-world.ts'

let clock: Clock
beforeEach(() => {
  clock = createClock({ drive: 'jump' })
})
afterEach(() => clock.stop())

describe('EventBridge takes', () => {
  let events: Events
  beforeEach(() => {
    events = createEvents({ clock, deliver() {} })
  })
  const put = (name: string, characters = 50) => {
    const source = 'x'.repeat(characters - JSON.stringify({ source: [''] }).length)
    events.putRule({ name, pattern: { source: [source] }, targets: [] })
  }

  test('a pattern of 2,048 characters', () => {
    put('long', 2_048)
    expect(() => put('longer', 2_049)).toThrow(expect.objectContaining({ name: 'LimitExceededException' }))
  })

  test('300 rules, each of which may still be changed', () => {
    for (let n = 1; n <= 300; n++) put(`rule-${n}`)
    put('rule-300')
    expect(() => put('rule-301')).toThrow(expect.objectContaining({ name: 'LimitExceededException' }))
  })
})

test('Lambda takes permissions for a function until its policy has 20 KB', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quotas-'))
  writeFileSync(join(folder, 'index.mjs'), '')
  const lambda: Lambda = createLambda({ clock, endpoint: () => '', logs() {}, hosts: () => ({}), onSurprise() {} })
  lambda.createFunction({
    ...{ name: 'wake', code: folder, handler: 'index.handler', runtime: 'nodejs24.x' },
    roleArn: 'arn:aws:iam::111122223333:role/r',
    accessKey: { accessKeyId: 'AKIAWAKE', secretAccessKey: 'secret' },
  })
  const permit = (n: number) =>
    lambda.addPermission({
      ...{ function: 'wake', action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com' },
      sourceArn: `arn:aws:events:eu-west-1:111122223333:rule/${String(n).padStart(64, '0')}`,
    })
  const permitAll = (count: number) => {
    for (let n = 0; n < count; n++) permit(n)
  }
  permitAll(30)
  expect(() => permitAll(30)).toThrow(expect.objectContaining({ name: 'PolicyLengthExceededException' }))
  await lambda.stop()
  rmSync(folder, { recursive: true })
})

describe('Step Functions takes', () => {
  let world: World
  let states: States
  let client: SFNClient
  beforeEach(async () => {
    world = await worldWith(of => {
      states = createStates({ clock: of, bus: { publish() {} }, functions: {} as never })
      return [states]
    })
    client = new SFNClient(world.client)
  })
  afterEach(() => world.close())

  const create = (name: string, Comment = '') =>
    states.createStateMachine({
      name,
      definition: JSON.stringify({
        Comment,
        QueryLanguage: 'JSONata',
        StartAt: 'End',
        States: { End: { Type: 'Succeed' } },
      }),
      roleArn: 'arn:aws:iam::111122223333:role/r',
    })

  test('a definition of a megabyte', () => {
    create('large', 'x'.repeat(1_048_000))
    expect(() => create('larger', 'x'.repeat(1_048_576))).toThrow(/at 'definition' failed to satisfy constraint/)
  })

  test('an input of 262,144 bytes, however few characters they are', async () => {
    const { stateMachineArn } = create('machine')
    const start = (letter: string, count: number) =>
      client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(letter.repeat(count)) }))
    await start('x', 262_142)
    await expect(start('é', 131_072)).rejects.toMatchObject({ name: 'InvalidExecutionInput' })
  })
})
