import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { type Asking, type WaitingRelease, waitingRelease } from '../functions/approval/waiting-release.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** A Chromium in PATH; undefined where there is none. */
export const executablePath = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap(folder => NAMES.map(name => join(folder, name)))
  .find(isExecutable)

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ executablePath: executablePath ?? '', args })
}

export interface Shown extends WaitingRelease {
  /** Opens an address in a browser of this kind; what the page complains of fails the test. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>
}

/** A release that waits for people, whose pages are served on this machine. */
export async function shownRelease(browser: Browser, asks: Asking = {}): Promise<Shown> {
  const release = await waitingRelease(asks)
  const { answers } = await import('../../functions/approval/answers.ts')
  process.env.PAGES_URL = await served(request => answers.fetch(request))
  return {
    ...release,
    async open(url, options) {
      const context = await browser.newContext({ timezoneId: 'Europe/Berlin', ...options })
      onTestFinished(() => context.close())
      const page = await context.newPage()
      page.on('console', message => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      const complaints: string[] = []
      onTestFinished(() => expect(complaints).toEqual([]))
      await page.goto(url)
      return page
    },
  }
}

/** Serves on loopback what answers requests of the web's own kind; its address. */
export async function served(answer: (request: Request) => Response | Promise<Response>): Promise<string> {
  const server = createServer((request, response) => void passOn(request, response, answer))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  const { method = 'GET', url, headers } = incoming
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const request = new Request(`http://${headers.host}${url}`, {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ...(!['GET', 'HEAD'].includes(method) && { body: Buffer.concat(chunks) }),
  })
  const answered = await answer(request)
  outgoing.writeHead(answered.status, Object.fromEntries(answered.headers))
  outgoing.end(Buffer.from(await answered.arrayBuffer()))
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Found {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
}

/** What axe-core finds fault with on the page as it stands. */
export async function faultsOf(page: Page): Promise<string[]> {
  // The debugger's own evaluation: the page's policy, which forbids foreign scripts, stays in force.
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: AXE })
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run().then(found => JSON.stringify(found))',
    awaitPromise: true,
  })
  const { violations } = JSON.parse(String(result.value)) as Found
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary ?? ''}`))
}

/** Keeps how the page looks, for people. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = join(tmpdir(), 'sluice-pages')
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
