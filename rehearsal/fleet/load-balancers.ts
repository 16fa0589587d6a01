import type { Clock } from '../clock.ts'
import { asExchange, asRequest } from './http.ts'
import type { Listener } from './load-balancer.ts'
import type { TargetGroup } from './target-group.ts'

export interface LoadBalancer {
  readonly arn: string
  readonly name: string
  readonly dnsName: string
  readonly listeners: Listener[]
}

export interface LoadBalancers {
  readonly clock: Clock
  /** Decides by chance between weighted target groups. */
  readonly random: () => number
  readonly all: LoadBalancer[]
  readonly groups: Map<string, TargetGroup>
  /** DNS: host names of users → DNS name of a load balancer. */
  readonly hosts: Map<string, string>
  /** The real port behind a host name; without `port` that of 443, of 80, or of the first listener. */
  resolve(host: string, port?: number): { port: number } | undefined
  /** Every known name with its real ports: `host` (as `resolve` chooses) and `host:port` of each listener. */
  ports(): Record<string, number>
  /** Asks a load balancer without a socket. */
  request(host: string, request: Request): Promise<Response>
  /** Closes the listeners' ports. */
  close(): Promise<void>
}

export function createLoadBalancers(options: { clock: Clock; random?: () => number }): LoadBalancers {
  const all: LoadBalancer[] = []
  const hosts = new Map<string, string>()
  const named = (host: string) => {
    const dnsName = hosts.get(host) ?? host
    return all.find(balancer => balancer.dnsName === dnsName)
  }
  return {
    clock: options.clock,
    random: options.random ?? Math.random,
    all,
    groups: new Map(),
    hosts,
    resolve(host, port) {
      const listener = listenerOf(named(host), port)
      return listener && { port: listener.realPort }
    },
    ports() {
      const names = [...hosts.keys(), ...all.map(balancer => balancer.dnsName)]
      return Object.fromEntries(names.flatMap(name => portsOf(name, named(name))))
    },
    request(host, request) {
      const listener = listenerOf(named(host), explicitPort(new URL(request.url)))
      if (!listener) throw new Error(`no load balancer listens at ${request.url}`)
      return options.clock.during(`request to ${host}`, async () => {
        const answer = await listener.answer(await asExchange(request))
        const headers = asRequest({ method: 'GET', path: '/', headers: answer.headers, body: Buffer.alloc(0) }).headers
        const body = [101, 204, 205, 304].includes(answer.status) ? null : new Uint8Array(answer.body)
        return new Response(body, { status: answer.status, headers })
      })
    },
    async close() {
      await Promise.all(all.flatMap(balancer => balancer.listeners.map(listener => listener.close())))
    },
  }
}

function listenerOf(balancer: LoadBalancer | undefined, port: number | undefined): Listener | undefined {
  const at = (wanted: number) => balancer?.listeners.find(listener => listener.port === wanted)
  return port === undefined ? (at(443) ?? at(80) ?? balancer?.listeners[0]) : at(port)
}

function portsOf(name: string, balancer: LoadBalancer | undefined): [string, number][] {
  const first = listenerOf(balancer, undefined)
  if (!balancer || !first) return []
  return [
    [name, first.realPort],
    ...balancer.listeners.map(({ port, realPort }): [string, number] => [`${name}:${port}`, realPort]),
  ]
}

/** The port that a URL names; none for the scheme's own. */
export function explicitPort(url: URL): number | undefined {
  return url.port ? Number(url.port) : undefined
}
