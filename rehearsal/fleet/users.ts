import http from 'node:http'
import type { Clock, Timer } from '../clock.ts'
import { explicitPort, type LoadBalancers } from './load-balancers.ts'

export interface Users {
  start(): void
  /** Asks nothing more and waits for the answers to come. */
  stop(): Promise<void>
  counts(): { total: number; failed: number }
  /** The first few requests that failed. */
  failures(): readonly Failure[]
}

export interface Failure {
  /** AWS time of its end. */
  at: number
  /** Absent when nobody answered. */
  status?: number
}

export interface UsersOptions {
  clock: Clock
  loadBalancers: LoadBalancers
  /** What they ask for: `https://host/path`. */
  url: string
  /** Requests per second of AWS time. */
  perSecond: number
}

const FAILURES_SHOWN = 20

/** Generated traffic, paced by AWS time. A request has failed when nobody answered it or the answer is 5xx. */
export function createUsers(options: UsersOptions): Users {
  const { clock } = options
  const url = new URL(options.url)
  const counts = { total: 0, failed: 0 }
  const failures: Failure[] = []
  const open = new Set<Promise<void>>()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const ask = clock.drive === 'jump' ? () => askInMemory(options, url) : () => askOverHttp(options, url, agent)
  let timer: Timer | undefined
  let started = 0
  let sent = 0
  const one = async () => {
    counts.total++
    const status = await clock.during(`a user's request`, ask)
    if (status !== undefined && status < 500) return
    counts.failed++
    if (failures.length < FAILURES_SHOWN) failures.push({ at: clock.now(), ...(status !== undefined && { status }) })
  }
  // At a high speed a real timer fires less often than requests are due: each turn sends what is due by now.
  const turn = () => {
    const due = Math.floor(((clock.now() - started) / 1000) * options.perSecond)
    for (; sent < due; sent++) {
      const asked: Promise<void> = one().finally(() => open.delete(asked))
      open.add(asked)
    }
    timer = clock.timer(1000 / options.perSecond, turn)
  }
  return {
    start() {
      if (timer) return
      started = clock.now()
      sent = 0
      timer = clock.timer(1000 / options.perSecond, turn)
    },
    async stop() {
      timer?.cancel()
      timer = undefined
      await Promise.all(open)
      agent.destroy()
    },
    counts: () => ({ ...counts }),
    failures: () => [...failures],
  }
}

/** The status, or undefined when nobody answers. */
async function askInMemory({ loadBalancers }: UsersOptions, url: URL): Promise<number | undefined> {
  if (!loadBalancers.resolve(url.hostname, explicitPort(url))) return undefined
  return (await loadBalancers.request(url.hostname, new Request(url))).status
}

function askOverHttp({ loadBalancers }: UsersOptions, url: URL, agent: http.Agent): Promise<number | undefined> {
  const listener = loadBalancers.resolve(url.hostname, explicitPort(url))
  if (!listener) return Promise.resolve(undefined)
  return new Promise(resolve => {
    const headers = { host: url.host }
    const path = url.pathname + url.search
    const request = http.get({ host: '127.0.0.1', port: listener.port, agent, headers, path }, response => {
      response.resume()
      response.once('end', () => resolve(response.statusCode))
      response.once('error', () => resolve(undefined))
    })
    request.once('error', () => resolve(undefined))
  })
}
