import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { PersonalLink } from '../../../functions/approval/links.ts'
import { atTheGate, type Gate } from '../gate.ts'
import { PAGES_URL } from '../world.ts'

async function asked() {
  const gate = await atTheGate()
  await gate.begin()
  const [links, { readInvitation, readShown }] = await Promise.all([
    import('../../../functions/approval/links.ts'),
    import('../../../functions/approval/records.ts'),
  ])
  const { personalLink, releaseLink, isPersonal } = links
  const link = async (approver = 'Ana') => new URL((await personalLink(await gate.asked(), approver)) ?? '')
  return {
    gate,
    ...{ personalLink, releaseLink, isPersonal, link },
    invites: (url: URL) => readInvitation({ ...Object.fromEntries(url.searchParams), id: lastOf(url) }),
    shows: (url: URL) => {
      const [app = '', releaseAttempt = ''] = url.pathname.split('/').slice(2)
      return readShown({ ...Object.fromEntries(url.searchParams), app, releaseAttempt })
    },
  }
}

const lastOf = ({ pathname }: URL) => pathname.split('/').at(-1) ?? ''

/** Puts a new key in the secret's place, as a person does who fears that the old one is known. */
async function newKey({ world }: Gate): Promise<void> {
  const input = { SecretId: process.env.LINK_KEY, SecretString: randomUUID(), ClientRequestToken: randomUUID() }
  await world.ask(world.services.secrets, 'PutSecretValue', input)
}

/** The same link with one thing of it changed. */
function changed(url: URL, change: (copy: URL) => void): URL {
  const copy = new URL(url)
  change(copy)
  return copy
}

describe('a personal link', () => {
  test('leads its approver to the question that was asked, and to no other [P2.2a]', async () => {
    const { gate, link, invites } = await asked()
    expect((await link()).href).toMatch(new RegExp(`^${PAGES_URL}/approvals/[\\w-]{22}\\?`))
    expect(await invites(await link())).toEqual({ approval: await gate.asked(), approver: 'Ana' })
    expect((await invites(await link('Bo')))?.approver).toBe('Bo')
  })

  test('is made for nobody who was not asked', async () => {
    const { gate, personalLink } = await asked()
    expect(await personalLink(await gate.asked(), 'Eve')).toBeUndefined()
  })

  test.each<[string, (copy: URL) => void]>([
    ['another approver', copy => copy.searchParams.set('approver', 'Bo')],
    ['another question', copy => copy.searchParams.set('hash', 'f'.repeat(64))],
    ['a later end', copy => copy.searchParams.set('expires', String(Number(copy.searchParams.get('expires')) + 1))],
    ['another id', copy => (copy.pathname = copy.pathname.replace(/.$/, last => (last === 'A' ? 'B' : 'A')))],
    ['another version of the key', copy => copy.searchParams.set('key', randomUUID())],
    ['a key that is no version', copy => copy.searchParams.set('key', '../signs-links')],
    ['a signature cut short', copy => copy.searchParams.set('signature', 'A')],
    ['no signature', copy => copy.searchParams.delete('signature')],
    [
      'another way to write the same signature',
      copy => copy.searchParams.set('signature', `${copy.searchParams.get('signature')}=`),
    ],
  ])('leads nowhere with %s', async (_, change) => {
    const { link, invites } = await asked()
    expect(await invites(changed(await link(), change))).toBeUndefined()
  })

  test('that one approver has is not made another’s by what stands in it', async () => {
    const { link, invites } = await asked()
    const [anas, bos] = [await link('Ana'), await link('Bo')]
    expect(await invites(changed(anas, copy => (copy.pathname = bos.pathname)))).toBeUndefined()
    expect(await invites(changed(anas, copy => (copy.search = bos.search)))).toBeUndefined()
  })

  test.each<[string, Partial<PersonalLink>]>([
    ['id', { id: 'A'.repeat(22) }],
    ['approver', { approver: 'Bo' }],
    ['question', { hash: 'f'.repeat(64) }],
    ['end', { expiresAt: 0 }],
  ])('is signed over its %s', async (_, change) => {
    const { gate, link, isPersonal } = await asked()
    const { hash, expiresAt, approvers } = await gate.asked()
    const said = { id: approvers[0]?.link ?? '', approver: 'Ana', hash, expiresAt }
    const { searchParams } = await link()
    const by = { key: searchParams.get('key') ?? '', signature: searchParams.get('signature') ?? '' }
    expect(await isPersonal(said, by)).toBe(true)
    expect(await isPersonal({ ...said, ...change }, by)).toBe(false)
  })

  test('stays valid when a new key comes, which signs the next links', async () => {
    const { gate, link, invites } = await asked()
    const before = await link()
    await newKey(gate)
    await gate.world.pass(5 * 60_000)
    const after = await link()
    expect(after.searchParams.get('key')).not.toBe(before.searchParams.get('key'))
    expect((await invites(before))?.approver).toBe('Ana')
    expect((await invites(after))?.approver).toBe('Ana')
  })

  test('that names a key which there is none of asks AWS once a minute, not each time', async () => {
    const { gate, link, invites } = await asked()
    const made = changed(await link(), copy => copy.searchParams.set('key', randomUUID()))
    const { operations } = gate.world.services.secrets
    const { GetSecretValue: getSecretValue } = operations
    let calls = 0
    operations.GetSecretValue = async (input, caller) => {
      calls++
      return getSecretValue?.(input, caller)
    }
    for (let times = 0; times < 3; times++) expect(await invites(made)).toBeUndefined()
    expect(calls).toBe(1)
    await gate.world.pass(60_000)
    expect(await invites(made)).toBeUndefined()
    expect(calls).toBe(2)
  })

  test('cannot be made without the key', async () => {
    const { gate, link } = await asked()
    await gate.world.pass(5 * 60_000)
    process.env.LINK_KEY = 'no-such-secret'
    await expect(link()).rejects.toThrow('the key that signs links is gone: deploy the stack again')
  })
})

describe('a link that shows a release', () => {
  test('shows that release, and no other attempt', async () => {
    const { gate, releaseLink, shows } = await asked()
    const { stage: _, ...of } = gate.of
    const url = new URL(await releaseLink(of))
    expect(await shows(url)).toEqual(of)
    expect(await shows(changed(url, copy => (copy.pathname = copy.pathname.replace(/-1$/, '-2'))))).toBeUndefined()
  })

  test('is signed for showing: its signature decides nothing, and a personal one shows nothing', async () => {
    const { gate, link, invites, releaseLink, shows } = await asked()
    const { stage: _, ...of } = gate.of
    const [personal, showing] = [await link(), new URL(await releaseLink(of))]
    const signedBy = (url: URL) => url.searchParams.get('signature') ?? ''
    expect(
      await invites(changed(personal, copy => copy.searchParams.set('signature', signedBy(showing)))),
    ).toBeUndefined()
    expect(
      await shows(changed(showing, copy => copy.searchParams.set('signature', signedBy(personal)))),
    ).toBeUndefined()
  })
})
