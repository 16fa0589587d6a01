import { afterEach, describe, expect, test } from 'vitest'
import { createPagerDuty, type PagerDuty } from '../../../rehearsal/receivers/pager-duty.ts'
import { closeHosts, json, jumpClock, post, START, started } from './receivers-for-tests.ts'

afterEach(closeHosts)

const pagerDuty = () => started(createPagerDuty({ clock: jumpClock() }))
const KEY = 'a'.repeat(32)
const OTHER_KEY = 'b'.repeat(32)
const payload = { summary: 'demo rolled back', source: 'sluice', severity: 'critical' }
const alert = (more: object = {}) => ({ routing_key: KEY, event_action: 'trigger', dedup_key: 'r1', payload, ...more })
const resolution = (more: object = {}) => ({
  ...{ routing_key: KEY, event_action: 'resolve', dedup_key: 'r1' },
  ...more,
})
const change = (more: object = {}) => ({ routing_key: KEY, payload: { summary: 'demo v2 is out' }, ...more })
const send = (host: PagerDuty, body: unknown) => post(host, '/v2/enqueue', json(body))
const sendChange = (host: PagerDuty, body: unknown) => post(host, '/v2/change/enqueue', json(body))
const statuses = (host: PagerDuty) => host.incidents().map(({ dedupKey, status }) => [dedupKey, status])

describe('an incident', () => {
  test('opens once however often it is triggered, is closed by its resolution, and opens anew afterwards', async () => {
    const host = await pagerDuty()
    const { status, body } = await send(host, alert())
    expect([status, body]).toEqual([202, { status: 'success', message: 'Event processed', dedup_key: 'r1' }])
    await send(host, alert({ payload: { ...payload, summary: 'still so' } }))
    expect(host.incidents()).toEqual([
      { dedupKey: 'r1', status: 'triggered', severity: 'critical', summary: 'demo rolled back' },
    ])
    await send(host, resolution({ event_action: 'acknowledge' }))
    expect(statuses(host)).toEqual([['r1', 'triggered']])
    await send(host, resolution())
    expect(statuses(host)).toEqual([['r1', 'resolved']])
    await send(host, alert())
    expect(statuses(host)).toEqual([
      ['r1', 'resolved'],
      ['r1', 'triggered'],
    ])
    expect(host.problems).toEqual([])
  })

  test('is not closed by another key, nor through another integration, and nobody is told', async () => {
    const host = await pagerDuty()
    await send(host, alert())
    expect((await send(host, resolution({ dedup_key: 'r2' }))).status).toBe(202)
    expect((await send(host, resolution({ routing_key: OTHER_KEY }))).status).toBe(202)
    expect(statuses(host)).toEqual([['r1', 'triggered']])
    expect(host.problems).toEqual([])
  })

  test('triggered without a key gets one of its own every time', async () => {
    const host = await pagerDuty()
    const keyless = { ...alert(), dedup_key: undefined }
    const keys = [(await send(host, keyless)).body.dedup_key, (await send(host, keyless)).body.dedup_key]
    expect(new Set(keys).size).toBe(2)
    expect(host.incidents().map(({ dedupKey }) => dedupKey)).toEqual(keys)
  })
})

test('events are told in order as they came; a change opens no incident', async () => {
  const host = await pagerDuty()
  await send(host, alert())
  await sendChange(host, change())
  await send(host, resolution())
  expect(host.events()).toEqual([
    {
      ...{ action: 'trigger', dedupKey: 'r1', severity: 'critical', summary: 'demo rolled back' },
      ...{ at: START, raw: alert() },
    },
    { action: 'change', summary: 'demo v2 is out', at: START, raw: change() },
    { action: 'resolve', dedupKey: 'r1', summary: '', at: START, raw: resolution() },
  ])
  expect(host.incidents()).toHaveLength(1)
})

describe('what PagerDuty would not take is refused, and remembered', () => {
  const long = (characters: number) => 'x'.repeat(characters)

  test.each([
    ['a key of 31 characters', alert({ routing_key: long(31) }), 'routing_key'],
    ['a key with other characters', alert({ routing_key: `${long(31)}-` }), 'routing_key'],
    ['an action that is none', alert({ event_action: 'close' }), 'event_action'],
    ['a key of 256 characters', alert({ dedup_key: long(256) }), 'dedup_key'],
    ['a trigger without payload', alert({ payload: undefined }), 'payload'],
    ['a trigger without summary', alert({ payload: { ...payload, summary: '' } }), 'payload.summary'],
    ['a summary of 1025 characters', alert({ payload: { ...payload, summary: long(1025) } }), 'payload.summary'],
    ['a trigger without source', alert({ payload: { ...payload, source: undefined } }), 'payload.source'],
    ['a severity that is none', alert({ payload: { ...payload, severity: 'high' } }), 'payload.severity'],
    ['a link without address', alert({ links: [{ text: 'x' }] }), 'links.0.href'],
    ['an image that is not served by https', alert({ images: [{ src: 'http://x.test/a.png' }] }), 'images.0.src'],
    ['a resolution of nothing', resolution({ dedup_key: undefined }), 'dedup_key'],
  ])('%s', async (_, body, field) => {
    const host = await pagerDuty()
    const { status, body: answer } = await send(host, body)
    expect(status).toBe(400)
    expect(answer).toMatchObject({ status: 'invalid event', errors: [expect.stringContaining(`'${field}'`)] })
    expect(host.problems).toEqual([expect.stringContaining(`enqueue: Event object is invalid; '${field}'`)])
    expect(host.events()).toEqual([])
  })

  test('a change by the key of a ruleset, or without a summary, though an alert may come by that key', async () => {
    const host = await pagerDuty()
    const ruleset = `R${long(31)}`
    expect((await sendChange(host, change({ routing_key: ruleset }))).status).toBe(400)
    expect((await sendChange(host, change({ payload: {} }))).status).toBe(400)
    expect((await send(host, alert({ routing_key: ruleset }))).status).toBe(202)
    expect(host.problems).toHaveLength(2)
  })

  test('what is too large, is no JSON, or is sent elsewhere', async () => {
    const host = await pagerDuty()
    const details = { custom_details: long(512 * 1024) }
    expect((await send(host, alert({ payload: { ...payload, ...details } }))).status).toBe(413)
    expect((await post(host, '/v2/enqueue', { body: '{' })).status).toBe(400)
    for (const path of ['/enqueue', '/v2/', '/v2/constructor']) {
      expect((await post(host, path, json(alert()))).status).toBe(404)
    }
    expect(host.problems).toHaveLength(5)
  })

  test('but an alert at every limit is taken', async () => {
    const host = await pagerDuty()
    const links = [{ href: 'https://sluice.test/r1', text: 'the release' }]
    const images = [{ src: 'https://sluice.test/r1.png' }]
    const largest = alert({ dedup_key: long(255), payload: { ...payload, summary: long(1024) }, links, images })
    expect((await send(host, largest)).status).toBe(202)
    expect(host.problems).toEqual([])
  })
})

test('an outage can be staged by what is asked, and is no problem of the sender', async () => {
  const host = await pagerDuty()
  host.answers = (method, call) =>
    method === 'change/enqueue' ? { status: 500 } : { status: 429, retryAfter: 60 * call }
  expect(await sendChange(host, change())).toMatchObject({ status: 500 })
  expect(await send(host, alert())).toMatchObject({ status: 429, retryAfter: '60' })
  expect(await send(host, alert())).toMatchObject({ status: 429, retryAfter: '120' })
  host.answers = () => 'normal'
  expect((await send(host, alert())).status).toBe(202)
  expect(host.events()).toHaveLength(1)
  expect(host.problems).toEqual([])
})
