import { describe, expect, test } from 'vitest'
import type { Transition } from '../../../events/notification.ts'
import { RELEASE } from '../release.ts'
import { answerWith, paging } from './telling.ts'

const BACK: Transition = { kind: 'rolling-back', stage: 'production', reason: 'production: 33 % errors' }
const ended = (outcome: 'rolled-back' | 'rollback-failed' | 'failed' | 'aborted' | 'rejected'): Transition => ({
  ...{ kind: 'release-ended', stage: 'production', reason: 'production: 33 % errors' },
  outcome,
})
const KEPT: Transition = { kind: 'database-kept', stage: 'production', because: 'nobody was there to choose' }
const RELEASED: Transition = { kind: 'stage-released', stage: 'production', isLast: true }

type Paging = Awaited<ReturnType<typeof paging>>
const actions = ({ pagerDuty }: Paging) => pagerDuty.events().map(({ action }) => action)

describe('PagerDuty', () => {
  test('is called once for a production that goes back, and hears when that is proven', async () => {
    const told = await paging()
    await told.hears(BACK)
    await told.hears(BACK)
    const key = { dedupKey: 'sluice/demo/production', severity: 'error' }
    const summary = 'demo production rolls back: 33 % errors after v2'
    expect(told.pagerDuty.incidents()).toEqual([{ ...key, status: 'triggered', summary }])
    await told.hears(ended('rolled-back'))
    await told.hears(ended('rolled-back'))
    expect(told.pagerDuty.incidents()).toEqual([{ ...key, status: 'resolved', summary }])
    expect(actions(told)).toEqual(['trigger', 'resolve'])
    expect(told.left()).toBe(0)
    expect(told.pagerDuty.problems).toEqual([])
  })

  test('is given what somebody needs at 2 a.m.', async () => {
    const told = await paging()
    await told.release.records.recordStarted(
      { app: 'demo', release: RELEASE, attempt: 1 },
      { at: told.world.now(), executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:release:demo-1' },
    )
    await told.hears(BACK, { at: Date.UTC(2026, 10, 21, 2) })
    expect(told.pagerDuty.events()[0]?.raw).toMatchObject({
      client: 'Sluice',
      client_url: expect.stringContaining(`https://pages.example/releases/demo/${RELEASE}-1?`),
      links: [
        { text: 'The release' },
        {
          href: expect.stringContaining('eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions'),
        },
      ],
      payload: {
        source: 'demo/production',
        component: 'production',
        group: 'demo',
        timestamp: '2026-11-21T02:00:00.000Z',
        custom_details: { tag: 'v2', release: RELEASE, attempt: 1, digests: told.release.plan.digests },
      },
    })
  })

  test('is told which tag production goes back to', async () => {
    const told = await paging()
    const { records, plan, held } = told.release
    const before = `sha256:${'30d4'.repeat(16)}` as NonNullable<(typeof plan.digests)['api']>
    await records.registerRelease({
      ...held,
      release: RELEASE,
      attempt: 2,
      tag: 'v1',
      digests: { api: before },
      order: 1,
    })
    await records.registerRelease({ ...held, attempt: 3, tag: 'v0', digests: { api: before }, order: 0 })
    const served = {
      serviceArn: 's',
      revisionArn: 'r',
      taskDefinition: 't',
      base: 't',
      digests: { api: before },
      proof: {},
    }
    await records.recordBefore(held, { at: 0, services: { 'demo-api': served } })
    await told.hears(BACK)
    expect(told.pagerDuty.incidents()[0]?.summary).toBe('demo production rolls back to v1: 33 % errors after v2')
  })

  test('is told which tag a person chose to go back to', async () => {
    const told = await paging()
    const chosen = { target: {}, to: 'v1', from: {}, at: 0, seen: {}, takesBack: true, asked: 'by-hand' }
    const { lease: _, ...of } = told.release.held
    const { recordRollback } = await import('../../../functions/aws/stage-ledger.ts')
    await recordRollback({ ...of, name: 'by-hand', tag: 'v2', cause: 'person', reason: 'slow', at: 0, chosen }, 1)
    await told.hears(BACK, { about: { rollback: 'by-hand' } })
    expect(told.pagerDuty.incidents()[0]?.summary).toBe('demo production rolls back to v1: 33 % errors after v2')
  })

  test('is called critically where nobody knows what production serves, and keeps that until it is released', async () => {
    const told = await paging()
    await told.hears(BACK)
    await told.hears(ended('rollback-failed'))
    expect(told.pagerDuty.events().map(({ severity }) => severity)).toEqual(['error', 'critical'])
    expect(told.pagerDuty.incidents()).toMatchObject([
      { status: 'triggered', severity: 'error' },
      { status: 'triggered', severity: 'critical' },
    ])
    await told.hears(RELEASED, { id: 'next' })
    expect(told.pagerDuty.incidents()).toMatchObject([{ status: 'resolved' }, { status: 'resolved' }])
  })

  test('is called for a database that was kept, unasked, until the stage is released again', async () => {
    const told = await paging({ pagerduty: { secret: 'sluice/pagerduty', on: ['failed'] } })
    await told.hears(KEPT)
    await told.hears(KEPT)
    const incident = { dedupKey: 'sluice/demo/production/database-kept', severity: 'error' }
    expect(told.pagerDuty.incidents()).toMatchObject([{ ...incident, status: 'triggered' }])
    expect(told.pagerDuty.incidents()[0]?.summary).toContain(
      'somebody has to decide on its database: nobody was there to choose',
    )
    await told.hears(ended('rolled-back'))
    expect(told.pagerDuty.incidents()).toMatchObject([{ ...incident, status: 'triggered' }])
    await told.hears(RELEASED, { id: 'next' })
    expect(told.pagerDuty.incidents()).toMatchObject([{ ...incident, status: 'resolved' }])
    expect(told.pagerDuty.problems).toEqual([])
  })

  test('hears that it is over, though nobody knew at which stage a rollback had failed', async () => {
    const told = await paging()
    const stageless = (outcome: 'rollback-failed' | 'released'): Transition => ({
      ...{ kind: 'release-ended', reason: 'stopped by hand' },
      outcome,
    })
    await told.hears(stageless('rollback-failed'))
    await told.hears(stageless('released'), { id: 'the next release' })
    expect(told.pagerDuty.incidents().map(({ status }) => status)).toEqual(['resolved'])
  })

  test('opens nothing again when an older message comes after a newer one', async () => {
    const told = await paging()
    const at = told.world.now()
    await told.hears(ended('rolled-back'), { at: at + 2 })
    await told.hears(BACK, { at: at + 1 })
    expect(told.pagerDuty.events()).toEqual([])
    expect(told.left()).toBe(0)
  })

  test('ends with the newer of two that come at once', async () => {
    const told = await paging()
    const at = told.world.now()
    told.put(BACK, { at })
    told.put(ended('rolled-back'), { at: at + 1 })
    await told.poll()
    expect(told.pagerDuty.incidents().filter(({ status }) => status === 'triggered')).toEqual([])
  })

  test('hears nothing of what nobody asked for, and closes nothing that was never open', async () => {
    const told = await paging({ pagerduty: { secret: 'sluice/pagerduty', on: ['rollback-failed'] } })
    await told.hears(BACK)
    await told.hears(ended('failed'))
    await told.hears(ended('rejected'), { id: 'rejected' })
    await told.hears({ kind: 'release-started' })
    expect(told.pagerDuty.events()).toEqual([])
    expect(told.left()).toBe(0)
  })

  test('learns of it once also where two tell it at the same moment', async () => {
    const told = await paging()
    told.put(RELEASED)
    told.put(RELEASED)
    await told.poll()
    await told.world.pass(60_000)
    await told.poll()
    expect(told.left()).toBe(0)
    expect(actions(told).filter(action => action === 'change')).toEqual(['change'])
  })

  test('learns of each release of the last stage by a change event, once', async () => {
    const told = await paging()
    await told.hears({ ...RELEASED, stage: 'staging', isLast: false })
    await told.hears(RELEASED)
    await told.hears(RELEASED)
    expect(told.pagerDuty.events()).toMatchObject([
      {
        action: 'change',
        summary: 'demo v2 is released to production',
        raw: { payload: { source: 'demo/production' } },
      },
    ])
    expect(told.pagerDuty.problems).toEqual([])
  })

  test('takes a reason of 10,000 characters, cut', async () => {
    const told = await paging()
    await told.hears({ ...BACK, reason: 'x'.repeat(10_000) })
    expect(told.pagerDuty.incidents()).toHaveLength(1)
    expect(told.pagerDuty.problems).toEqual([])
  })

  test.each([{ status: 429, retryAfter: 300 } as const, { status: 500 } as const, 'silence' as const])(
    'answers %j: somebody is called all the same, later',
    async answer => {
      const told = await paging()
      answerWith(told.pagerDuty, (_method, call) => (call === 1 ? answer : 'normal'))
      await told.hears(BACK)
      expect(told.left()).toBe(1)
      await told.world.pass(300_000)
      await told.poll()
      expect(actions(told)).toEqual(['trigger'])
      expect(told.left()).toBe(0)
    },
  )

  test('has a secret without its key: the message waits, and the log says what is missing', async () => {
    const told = await paging({ secrets: { 'sluice/pagerduty': '{"routing_key": "0123"}' } })
    await told.hears(BACK)
    expect(told.left()).toBe(1)
    expect(told.world.logged).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'not told yet: secret sluice/pagerduty cannot be used: "routingKey" is missing',
      }),
    )
  })
})
