import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASE } from '../functions/approval/waiting-release.ts'
import { executablePath, faultsOf, keepPicture, launch, shownRelease } from './browser.ts'

let browser: Browser
const NONE = 'no Chromium in PATH: the pages cannot be looked at'

describe.skipIf(!executablePath)(executablePath ? 'the approval page in a browser' : NONE, () => {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()
  const lead = (page: Page) => page.locator('.lead').textContent()

  test('asks one question, in the reader’s time zone, with nothing that axe finds fault with', async () => {
    const { open, link } = await shownRelease(browser)
    const page = await open(await link())
    expect(await heading(page)).toBe('Release v2 of demo to production?')
    expect(await page.locator('form time').textContent()).toContain('CET')
    await page.getByText('Digests in full').click()
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'asked-light')
  })

  test('is as readable in the dark', async () => {
    const { open, link } = await shownRelease(browser)
    const page = await open(await link(), { colorScheme: 'dark' })
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'asked-dark')
  })

  test('fits a phone of 360 points without scrolling sideways', async () => {
    const { open, link } = await shownRelease(browser, { tag: `v2-${'with-a-very-long-name-'.repeat(5)}` })
    const page = await open(await link(), { viewport: { width: 360, height: 740 }, hasTouch: true })
    await page.getByText('Digests in full').click()
    expect(await page.evaluate(WIDTH)).toBe(360)
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'asked-phone')
  })

  test.each(['light', 'dark'] as const)(
    'asks what becomes of a migrated database, with keeping it preset, in %s',
    async colorScheme => {
      const { open, link, asked } = await shownRelease(browser, { database: DATABASE, claim: 'restore-needed' })
      const page = await open(await link(), { colorScheme })
      expect(await page.locator('.claim').textContent()).toBe(
        'The image says that going back needs the database restored.',
      )
      expect(await page.getByRole('radio').count()).toBe(3)
      expect(await page.getByRole('radio', { name: 'Keep it' }).isChecked()).toBe(true)
      await page.getByText('The migration in full').click()
      expect(await faultsOf(page)).toEqual([])
      await keepPicture(page, `asked-database-${colorScheme}`)
      await page.getByRole('radio', { name: 'Restore it beside' }).focus()
      await page.keyboard.press('ArrowUp')
      await page.getByRole('button', { name: 'Approve' }).click()
      await page.locator('.lead').waitFor()
      expect((await asked()).decisions).toMatchObject([{ decision: 'approve', database: 'down' }])
      expect(await lead(page)).toMatch(/^You approved it on .+ CET, to undo the migration on the way back\. /)
      expect(await faultsOf(page)).toEqual([])
    },
  )

  test('asks it on a phone of 360 points, too, and says when several are asked', async () => {
    const { open, link } = await shownRelease(browser, { database: DATABASE, claim: 'safe', required: 2 })
    const page = await open(await link(), { viewport: { width: 360, height: 740 }, hasTouch: true })
    expect(await page.locator('.options').textContent()).toContain('choose differently, it is kept.')
    expect(await page.evaluate(WIDTH)).toBe(360)
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'asked-database-phone')
  })

  test('takes an approval, and then shows how the release goes', async () => {
    const { open, link, asked, goOn } = await shownRelease(browser)
    const page = await open(await link())
    await page.getByLabel('Comment').fill('looks good')
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.locator('.lead').waitFor()
    expect((await asked()).decisions).toMatchObject([{ approver: 'Ana', decision: 'approve', comment: 'looks good' }])
    expect(await heading(page)).toBe('v2 of demo is on its way')
    expect(await lead(page)).toMatch(/^You approved it on .+ CET: looks good\. Nothing else has to be done: /)
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'decided')
    await goOn()
    await page.getByRole('link', { name: 'Refresh' }).click()
    await page.getByRole('heading', { name: 'v2 of demo is released' }).waitFor()
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'released')
  })

  test('takes a rejection with its comment', async () => {
    const { open, link, asked } = await shownRelease(browser)
    const page = await open(await link('Bo'))
    await page.getByLabel('Comment').fill('not on a Friday')
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.locator('.lead').waitFor()
    expect((await asked()).end).toMatchObject({ kind: 'rejected', because: 'Bo rejected it: not on a Friday' })
    expect(await lead(page)).toContain('not on a Friday')
    expect(await faultsOf(page)).toEqual([])
  })

  test('follows the release by itself, and says what is new to who cannot see it', async () => {
    const { open, showing, goOn } = await shownRelease(browser)
    const page = await open(await showing())
    expect(await heading(page)).toBe('v2 of demo waits for approval of production')
    await goOn()
    await page.getByRole('heading', { name: 'v2 of demo is released' }).waitFor()
    expect(await page.getByRole('status').textContent()).toBe('v2 of demo is released')
  })

  test('decides without JavaScript, and says when in UTC', async () => {
    const { open, link, asked } = await shownRelease(browser)
    const page = await open(await link(), { javaScriptEnabled: false })
    expect(await page.locator('form time').textContent()).toContain('UTC')
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.locator('.lead').waitFor()
    expect((await asked()).end).toMatchObject({ kind: 'approved' })
    expect(await page.getByRole('link', { name: 'Refresh' }).count()).toBe(1)
  })

  test('comes too late: it says that the link has ended, and shows the release', async () => {
    const { open, link, world, asked } = await shownRelease(browser)
    const page = await open(await link())
    await world.pass(3_600_000)
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.locator('.lead').waitFor()
    expect(await lead(page)).toMatch(/^This link ended on .+ CET: 0 of 1 had approved/)
    expect((await asked()).decisions).toEqual([])
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'expired')
  })

  test('is sent twice, from two windows: the first counts and both show it', async () => {
    const { open, link, asked } = await shownRelease(browser)
    const address = await link()
    const [one, other] = [await open(address), await open(address)]
    for (const [page, name] of [
      [one, 'Approve'],
      [other, 'Reject'],
    ] as const) {
      await page.getByRole('button', { name }).click()
      await page.locator('.lead').waitFor()
    }
    expect((await asked()).decisions).toMatchObject([{ decision: 'approve' }])
    expect(await lead(other)).toBe(await lead(one))
    await other.reload()
    expect((await asked()).decisions).toHaveLength(1)
  })

  test('shows a release that failed, with the reason at the end', async () => {
    const { open, link, fail } = await shownRelease(browser, { required: 2 })
    const page = await open(await link())
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.locator('.lead').waitFor()
    await fail('service demo-api did not become steady within 15m; look at its events')
    await page.getByRole('link', { name: 'Refresh' }).click()
    await page.getByRole('heading', { name: 'How it ended' }).waitFor()
    expect(await page.locator('.end').textContent()).toContain('did not become steady')
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'failed')
  })

  test('shows a migration that failed, with the backup and the way to its log, on a phone', async () => {
    const { open, link, fail } = await shownRelease(browser, { database: DATABASE })
    const page = await open(await link(), { viewport: { width: 360, height: 740 } })
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.locator('.lead').waitFor()
    await fail(
      'production migration: container migrate exited with code 1. The database may be half migrated; ' +
        'backup: snapshot sluice-demo-production-3f9c0a7f6d6a-1 of demo-production. Its last lines: /demo/migrations, ' +
        'stream ecs/migrate/0a1b2c3d4e5f60718293a4b5c6d7e8f9 (https://eu-west-1.console.aws.amazon.com/cloudwatch/home' +
        '?region=eu-west-1#logsV2:log-groups/log-group/$252Fdemo$252Fmigrations)',
    )
    await page.getByRole('link', { name: 'Refresh' }).click()
    await page.getByRole('heading', { name: 'How it ended' }).waitFor()
    expect(await page.locator('.end').textContent()).toMatch(
      /snapshot sluice-demo-\S+ of demo-production.+252Fmigrations/,
    )
    expect(await page.evaluate(WIDTH)).toBe(360)
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'failed-migration-phone')
  })

  test('shows readers who is asked, on a phone in the dark', async () => {
    const { open, showing } = await shownRelease(browser)
    const page = await open(await showing(), { colorScheme: 'dark', viewport: { width: 360, height: 740 } })
    expect(await lead(page)).toMatch(/^It waits for Ana or Bo\./)
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await page.evaluate(WIDTH)).toBe(360)
    expect(await faultsOf(page)).toEqual([])
    await keepPicture(page, 'release-phone-dark')
  })
})

const WIDTH = 'document.documentElement.scrollWidth'
