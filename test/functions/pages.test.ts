import { describe, expect, test } from 'vitest'
import type { Target } from '../../cli/attacks/target.ts'
import { MARKUP, THREATS } from '../../cli/attacks/threats.ts'
import { withstand } from '../../cli/attacks/withstand.ts'
import { asking, posted, posting } from './approval/requests.ts'
import { type Asking, DATABASE, waitingRelease } from './approval/waiting-release.ts'

async function opened(asks: Asking = {}) {
  const release = await waitingRelease(asks)
  return { ...release, ask: await asking(release.world) }
}

const ESCAPED =
  '&lt;/q&gt;&lt;script&gt;document.title=&quot;harm&quot;&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;'
const APPROVE = posting({ decision: 'approve', comment: 'looks good' })

describe('a personal link', () => {
  test('asks its approver what changes, after what was seen, and until when', async () => {
    const { ask, link, asked } = await opened()
    const { status, body } = await ask(await link())
    expect(status).toBe(200)
    expect(body).toContain('<h1>Release v2 of demo to production?</h1>')
    expect(body).toContain((await asked()).question.services[0]?.digest)
    for (const part of ['What staging showed', '2 of 2, slowest 31 ms', 'Who must agree', 'in 1 hour', '10:05 UTC'])
      expect(body).toContain(part)
  })

  test('shows what differs in the task definition', async () => {
    const { ask, link } = await opened()
    const { body } = await ask(await link())
    expect(body).toContain('<dt>cpu</dt><dd><del><bdi>256</bdi></del><ins><bdi>512</bdi></ins></dd>')
  })

  test('is guarded by what browsers obey, whatever is answered', async () => {
    const { ask, link } = await opened()
    for (const url of [await link(), 'https://pages.example/', `${await link()}1`])
      expect((await ask(url)).headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
        ),
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex, nofollow',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringContaining('max-age='),
      })
  })

  test('may be opened by anything that reads mail: nothing is changed, and a body means nothing', async () => {
    const { ask, link, items } = await opened()
    const before = await items()
    const head = await ask(await link(), { method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
    expect((await ask(await link(), { body: 'decision=approve' })).status).toBe(200)
    expect(await items()).toEqual(before)
  })

  test.each([
    ['Ana', 'slack'],
    ['Bo', 'email'],
  ])('takes the decision of %s, who was asked by %s, and leads back to itself', async (name, how) => {
    const { ask, link, asked, world } = await opened()
    const url = await link(name)
    const answer = await ask(url, posting({ decision: 'reject', comment: ' not\r\ntoday ' }))
    expect(answer).toMatchObject({ status: 303, headers: { location: new URL(url).search } })
    const decision = { approver: name, decision: 'reject', comment: 'not\ntoday', how, at: world.now() }
    expect((await asked()).decisions).toEqual([decision])
  })

  test('never moves under a finger: only what asks nothing is fetched again', async () => {
    const { ask, link } = await opened()
    expect((await ask(await link())).body).not.toContain('data-live>')
    await ask(await link(), APPROVE)
    expect((await ask(await link())).body).toContain('<main data-live>')
  })

  test('says who is still missing once its approver has approved', async () => {
    const { ask, link } = await opened({ required: 2 })
    expect((await ask(await link())).body).toContain('Once Bo has approved too, production deploys these digests')
    await ask(await link(), APPROVE)
    const { body } = await ask(await link())
    expect(body).toContain('1 more approval is needed, from Bo.')
    expect(body).not.toContain('<form')
    expect((await ask(await link('Bo'))).body).toContain('Approve lets production deploy these digests')
  })
})

describe('a personal link to a stage that migrates its database', () => {
  test('asks what becomes of it on the way back, with the image’s own claim, and keeps the answer [P6.6b]', async () => {
    const { ask, link, asked } = await opened({ database: DATABASE, claim: 'restore-needed' })
    const { body } = await ask(await link())
    for (const part of [
      'The image <strong>says that going back needs the database restored</strong>.',
      'First a snapshot of RDS instance demo-production is made, then a task of this image migrates the database;',
      'a copy of demo-migrations:1',
      'Approve lets production migrate its database and deploy these digests;',
      'id="database-keep" value="keep" aria-describedby="database-keep-means" checked>',
    ])
      expect(body).toContain(part)
    await ask(await link(), posting({ decision: 'approve', comment: '', database: 'down' }))
    expect((await asked()).decisions).toMatchObject([{ decision: 'approve', database: 'down' }])
    expect((await ask(await link())).body).toContain('to undo the migration on the way back')
  })

  test('takes no choice that the stage does not offer', async () => {
    const { backup: _, ...unrestorable } = DATABASE
    const { ask, link, items } = await opened({ database: unrestorable })
    const before = await items()
    const { status, body } = await ask(await link(), posting({ decision: 'approve', database: 'restore' }))
    expect(status).toBe(400)
    expect(body).toContain('Database must be &quot;keep&quot; or &quot;down&quot;.')
    expect(await items()).toEqual(before)
  })

  test('only says what the file has settled', async () => {
    const migrate = { ...DATABASE.migrate, onRollback: 'keep', down: undefined }
    const { ask, link } = await opened({ database: { ...DATABASE, migrate } })
    const { body } = await ask(await link())
    expect(body).toContain('On the way back it stays as it is migrated.')
    expect(body).toContain('The image does not say whether the version before works with its schema.')
    expect(body).not.toContain('type="radio"')
  })
})

describe('a threat is refused and changes nothing:', () => {
  const refused = THREATS.filter(({ leaves }) => leaves === 'all')

  test.each(refused.map(threat => [threat.name, threat] as const))('%s', async (_name, threat) => {
    expect(await withstand(threat, await target())).toEqual({ kind: 'withstood' })
  })

  test('all of them are tried', () => expect(refused.length).toBeGreaterThan(20))

  test.each([
    ['another question', { hash: 'f'.repeat(64) }],
    ['another time', { expiresAt: Date.UTC(2027, 0, 1) }],
    ["another approver's id", 'Bo'],
  ])('a signed link speaks of %s than its record', async (_what, other) => {
    const { ask, asked, items, world } = await opened()
    const { personalLink } = await import('../../functions/approval/links.ts')
    const approval = await asked()
    const [ana, bo] = approval.approvers
    const approvers = other === 'Bo' ? [{ ...ana, name: 'Ana', link: bo?.link ?? '' }] : approval.approvers
    const forged = { ...approval, approvers, ...(typeof other === 'object' && other) }
    const [link, before] = [(await personalLink(forged, 'Ana')) ?? '', await items()]
    expect((await ask(link, APPROVE)).status).toBe(403)
    expect(await items()).toEqual(before)
    expect(world.logged.filter(({ level }) => level === 'ERROR')).toEqual([])
  })

  test('the same decision is posted again: it shows what was decided', async () => {
    const { ask, link, asked, items } = await opened()
    await ask(await link(), APPROVE)
    const [before, decided] = [await items(), await asked()]
    expect((await ask(await link(), APPROVE)).status).toBe(303)
    expect((await ask(await link(), posting({ decision: 'reject' }))).status).toBe(303)
    expect(await items()).toEqual(before)
    expect(decided.end).toMatchObject({ kind: 'approved', because: 'approved by Ana' })
    expect((await ask(await link())).body).toContain('<q><bdi>looks good</bdi></q>')
  })

  test('two decisions at once: exactly one counts', async () => {
    const { ask, link, asked } = await opened({ required: 2 })
    const url = await link()
    const answers = await Promise.all([ask(url, APPROVE), ask(url, posting({ decision: 'reject' }))])
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    expect((await asked()).decisions).toHaveLength(1)
  })

  test('it comes too late', async () => {
    const { ask, link, world, items } = await opened()
    await world.pass(3_600_000)
    const before = await items()
    expect((await ask(await link(), APPROVE)).status).toBe(303)
    expect(await items()).toEqual(before)
    const { body } = await ask(await link())
    expect(body).toMatch(/This link ended on <time [^>]+>Fri 20 Nov, 10:05 UTC<\/time>: .+ Nothing was changed\./)
    expect(body).toContain('v2 of demo was not approved in time')
  })

  test.each([
    ['superseded', 'release v3 came first', 'There is nothing left to decide: <bdi>release v3 came first</bdi>.'],
    ['void', 'production has changed', 'production changed while people were asked, and a newer link was sent.'],
    ['ended', 'it was stopped', 'the release ended: <bdi>it was stopped</bdi>.'],
    ['rejected', 'Bo rejected it', 'There is nothing left to decide: <bdi>Bo rejected it</bdi>.'],
  ] as const)('the question is over, %s', async (kind, because, told) => {
    const { ask, link, items, end } = await opened()
    await end({ kind, because })
    const before = await items()
    expect((await ask(await link(), APPROVE)).status).toBe(303)
    expect(await items()).toEqual(before)
    const { body } = await ask(await link())
    expect(body).toContain(told)
    expect(body).not.toContain('<form')
  })

  test('markup in a tag, a commit, a comment and a reason is text', async () => {
    const { ask, link, showing, fail } = await opened({ tag: MARKUP, revision: MARKUP, required: 2 })
    const tagged = (await ask(await link())).body
    expect(tagged).toContain(`<h1>Release ${ESCAPED} of demo`)
    expect(tagged).toContain(`<title>Release ${ESCAPED} of demo`)
    expect(tagged).toContain(`built from commit <code>${ESCAPED}</code>`)
    await ask(await link(), posting({ decision: 'approve', comment: MARKUP }))
    await fail(MARKUP)
    const bodies = [tagged, (await ask(await link())).body, (await ask(await showing())).body]
    for (const body of bodies) {
      expect(body).not.toContain('</q><script>')
      expect(body).not.toContain('<img')
      expect(body.match(/<script>/g)).toHaveLength(1)
    }
    expect(bodies[1]?.split(ESCAPED).length).toBeGreaterThan(4)
  })

  /** The pages of a release that waits, reached as API Gateway reaches them. */
  async function target(): Promise<Target> {
    const { ask, link, otherLink, items } = await opened()
    const send: Target['send'] = async (url, { method = 'GET', headers, body } = {}) => {
      const bytes =
        body === undefined || body === null ? undefined : new Uint8Array(await new Response(body).arrayBuffer())
      const request = { method, headers: Object.fromEntries(new Headers(headers)), ...(bytes && { body: bytes }) }
      const answer = await ask(url, request)
      return new Response(answer.status === 303 ? null : answer.body, answer)
    }
    return { url: 'https://pages.example', link: await link(), otherLink: await otherLink(), records: items, send }
  }
})

describe('a link that only shows', () => {
  test('tells who is asked, and asks nobody', async () => {
    const { ask, showing } = await opened()
    const { status, body } = await ask(await showing())
    expect(status).toBe(200)
    expect(body).toContain('v2 of demo waits for approval of production')
    expect(body).toContain('It waits for Ana or Bo.')
    expect(body).not.toContain('<form')
    expect(body).not.toContain('/approvals/')
  })

  test('decides nothing, and shows no other release', async () => {
    const { ask, showing, items } = await opened()
    const [url, before] = [await showing(), await items()]
    expect(await ask(url, APPROVE)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    for (const other of ['0123456789ab-1', '3f9c0a7f6d6a-2', '3f9c0a7f6d6a-01', 'constructor'])
      expect((await ask(url.replace('3f9c0a7f6d6a-1', other))).status).toBe(403)
    expect((await ask(url.replace('/demo/', '/other/'))).status).toBe(403)
    expect(await items()).toEqual(before)
  })

  test('tells the whole story of a release that came through', async () => {
    const { ask, link, showing, goOn } = await opened()
    await ask(await link(), APPROVE)
    await goOn()
    const { body } = await ask(await showing())
    expect(body).toContain('<h1>v2 of demo is released</h1>')
    const told = [
      'Release v2 started',
      'Ana and Bo were asked',
      'production: Ana approved',
      'production: the smoke tests passed',
    ]
    expect(told.map(each => body.indexOf(each))).toEqual(told.map(each => body.indexOf(each)).sort((a, b) => a - b))
    for (const each of told) expect(body).toContain(each)
    expect(body).toContain('every stage serves the planned digests')
  })
})

describe('what goes wrong behind the page', () => {
  test('is asked to be tried again where AWS throttles; nothing is decided', async () => {
    const { ask, link, asked, world } = await opened()
    const url = await link()
    await ask(url)
    world.services.faults.add({ service: 'dynamodb', operation: 'PutItem', does: 'throttle' })
    const answer = await ask(url, APPROVE)
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    expect(answer.body).toContain('Please try again')
    expect((await asked()).decisions).toEqual([])
  })

  test('is logged and not told', async () => {
    const { ask, link, world } = await opened()
    const url = await link()
    world.services.faults.add({
      service: 'states',
      operation: 'GetExecutionHistory',
      does: { fail: 'AccessDeniedException', message: 'not authorized to perform states:GetExecutionHistory' },
    })
    const answer = await ask(url)
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('Something went wrong')
    expect(answer.body).not.toMatch(/AccessDenied|authorized|\.ts|demo/)
    expect(world.logged.filter(({ level }) => level === 'ERROR')).toMatchObject([
      { message: 'a page could not be made' },
    ])
  })

  test('logs neither links nor signatures', async () => {
    const { ask, link, world } = await opened()
    const url = await link()
    await ask(url, APPROVE)
    await ask(`${url}x`, posted('nonsense'))
    await ask(url, posted('nonsense'))
    const logged = JSON.stringify(world.logged)
    expect(logged).toContain('a decision was posted')
    const { pathname, searchParams } = new URL(url)
    for (const secret of [pathname.split('/').at(-1), searchParams.get('signature'), searchParams.get('hash')])
      expect(logged).not.toContain(secret)
  })
})
