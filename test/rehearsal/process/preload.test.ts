import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createLogs } from '../../../rehearsal/process/logs.ts'
import { treeMemory } from '../../../rehearsal/process/memory.ts'
import { PRELOAD, type World } from '../../../rehearsal/process/world.ts'

async function run(script: string, world?: World): Promise<unknown> {
  const args = ['--import', PRELOAD, '--input-type=module', '--eval', `${script}`]
  const env: Record<string, string> = world ? { REHEARSAL: JSON.stringify(world) } : {}
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}

const print = (expression: string) => `process.stdout.write(JSON.stringify(${expression}))`
const realNow = () => performance.timeOrigin + performance.now()

describe('a process with the preload', () => {
  test('has AWS time from its first line, and no trace of where it comes from', async () => {
    const aws = Date.parse('2030-01-01T00:00:00Z')
    const world = { time: { aws, real: realNow(), speed: 0 }, hosts: {} }
    expect(await run(print('[Date.now(), new Date(), process.env.REHEARSAL ?? "none"]'), world)).toEqual([
      aws,
      '2030-01-01T00:00:00.000Z',
      'none',
    ])
  })

  test('agrees with its host about a time that runs', async () => {
    const world = { time: { aws: 1e12, real: realNow() - 5000, speed: 100 }, hosts: {} }
    const now = (await run(print('Date.now()'), world)) as number
    expect(now).toBeGreaterThanOrEqual(1e12 + 500_000)
    expect(now).toBeLessThan(1e12 + (realNow() - world.time.real) * 100)
  })

  test('leaves dates that are given alone', async () => {
    const script = print(
      '[new Date(2020, 1, 29).getMonth(), Date.UTC(2020, 0), Date.parse("2020-01-01"), new Date("x").getTime(), new Date().constructor === Date, class extends Date {}.name]',
    )
    expect(await run(script, { time: { aws: 5, real: realNow(), speed: 0 }, hosts: {} })).toEqual([
      1,
      1577836800000,
      1577836800000,
      null,
      true,
      '',
    ])
  })

  const elsewhere = [
    `net.connect(443, 'example.com')`,
    `net.connect({ host: '192.0.2.1', port: 443 })`,
    `net.createConnection(443, '2001:db8::1')`,
    `new net.Socket().connect(443, '169.254.169.254')`,
    `tls.connect(443, 'example.com')`,
    `tls.connect({ host: 'example.com', port: 443 })`,
  ]
  test.for(elsewhere)('is refused %s', async call => {
    const script = `import net from 'node:net'; import tls from 'node:tls'
      ${call}.on('connect', () => ${print('"connected"')}).on('error', e => ${print('[e.code, e.message]')})`
    expect(await run(script)).toEqual([
      'EACCES',
      expect.stringMatching(/^connect to \S+:443 refused: nothing leaves this machine/),
    ])
  })

  test('connects to this machine, and to a known host and port where the rehearsal has it', async () => {
    const script = `import net from 'node:net'; import { connect } from 'node:tls'; import { once } from 'node:events'
      const server = net.createServer(socket => socket.end('hi')).listen(0, '127.0.0.1'); await once(server, 'listening')
      const { port } = server.address()
      const { update } = await import(${JSON.stringify(PRELOAD)}); update({ hosts: { 'a.example.com': port, 'b.example.com:8443': port } })
      const heard = async socket => { let text = ''; for await (const part of socket) text += part; return text }
      const all = [net.connect(port), net.connect(port, 'localhost'), net.connect({ port }), net.connect(80, 'a.example.com'),
        connect(8443, 'b.example.com'), connect({ host: 'A.example.com', port: 443 })]
      const answers = await Promise.all(all.map(heard))
      const [{ code: refused }] = await once(net.connect(9999, 'b.example.com'), 'error')
      server.close(); ${print('[answers, refused]')}`
    expect(await run(script)).toEqual([Array(6).fill('hi'), 'EACCES'])
  })
})

test('an execution environment ends when the process that started it is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orphan-'))
  const code = join(folder, 'code')
  mkdirSync(code)
  writeFileSync(join(code, 'index.mjs'), 'export const handler = async () => process.pid')
  const at = (path: string) => JSON.stringify(new URL(`../../../rehearsal/${path}`, import.meta.url).href)
  const script = `import { createLambda } from ${at('aws/lambda/lambda.ts')}; import { createClock } from ${at('clock.ts')}
    const lambda = createLambda({ clock: createClock({ drive: 'jump' }), endpoint: () => '', logs() {}, hosts: () => ({}), onSurprise() {} })
    lambda.createFunction({ name: 'f', code: ${JSON.stringify(code)}, handler: 'index.handler', runtime: 'nodejs24.x', roleArn: 'r', accessKey: { accessKeyId: 'a', secretAccessKey: 's' } })
    const { payload } = await lambda.invoke('f', {}); console.log(payload)`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  })
  try {
    const died = once(parent, 'exit').then(() => Promise.reject(new Error('it ended by itself')))
    const [printed] = await Promise.race([once(parent.stdout, 'data'), died])
    const pid = Number(printed)
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await expect(died).rejects.toThrow()
    while (alive(pid)) await new Promise(resolve => setImmediate(resolve))
  } finally {
    parent.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})

function alive(pid: number): boolean {
  try {
    // A process that has ended but that nobody has waited for still has its number.
    return (
      process.kill(pid, 0) && !(process.platform === 'linux' && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
    )
  } catch {
    return false
  }
}

test('the memory of a process tree includes what it started', async () => {
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume(); console.log(1)'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const before = await treeMemory(child.pid)
    await once(child.stdout, 'data')
    const own = await treeMemory(child.pid)
    expect(own).toBeGreaterThan(10 * 2 ** 20)
    expect(before).toBeLessThanOrEqual(own)
    expect(await treeMemory()).toBeGreaterThan(own)
  } finally {
    child.kill()
    await once(child, 'exit')
  }
})

test('a log stream is a file, a message of several lines too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'))
  try {
    const log = createLogs(folder)
    log('/aws/lambda/f', '2026/03/01/[$LATEST]abc', 'one')
    log('/aws/lambda/f', '2026/03/01/[$LATEST]abc', 'two\rlines')
    expect(readFileSync(join(folder, 'aws/lambda/f/2026/03/01/[LATEST]abc.log'), 'utf8')).toBe('one\ntwo\nlines\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
