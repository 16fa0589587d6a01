import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Answer, Exchange } from './container.ts'
import { exchangeOf, plainAnswer, writeAnswer } from './http.ts'
import type { TargetGroup } from './target-group.ts'

export type Action =
  | { type: 'forward'; to: { group: TargetGroup; weight: number }[] }
  | { type: 'fixed-response'; status: number; body: string; contentType: string }

export interface Condition {
  field: 'host-header' | 'path-pattern' | 'http-header'
  /** Of an `http-header` condition. */
  header?: string
  /** One must match; `*` and `?` are wildcards. */
  values: string[]
}

export interface Rule {
  readonly arn: string
  /** Lower is asked first; the default rule is asked last. */
  readonly priority: number | 'default'
  readonly conditions: Condition[]
  action: Action
}

/** One port of a load balancer: its rules, and a real loopback port behind which they are. */
export class Listener {
  readonly arn: string
  /** The port that AWS knows, such as 443; the real one is `realPort`. */
  readonly port: number
  readonly rules: Rule[]
  readonly #clock: Clock
  readonly #random: () => number
  readonly #server: http.Server

  constructor(arn: string, port: number, byDefault: Action, clock: Clock, random: () => number) {
    this.arn = arn
    this.port = port
    this.rules = [{ arn: defaultRuleArn(arn), priority: 'default', conditions: [], action: byDefault }]
    this.#clock = clock
    this.#random = random
    this.#server = http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
      void clock.during(`request to ${arn}`, () => this.#serve(request, response))
    })
    useGroups(byDefault)
  }

  async open(): Promise<void> {
    await this.#clock.during('listen', () => new Promise<void>(done => this.#server.listen(0, '127.0.0.1', done)))
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise(resolve => this.#server.close(() => resolve()))
  }

  get realPort(): number {
    return (this.#server.address() as AddressInfo).port
  }

  add(rule: Rule): void {
    useGroups(rule.action)
    this.rules.push(rule)
    this.rules.sort((one, other) => rank(one) - rank(other))
  }

  async answer(request: Exchange): Promise<Answer> {
    const rule = this.rules.find(({ conditions }) => conditions.every(condition => holds(condition, request)))
    const action = rule?.action
    if (!action) return plainAnswer(503, '503 Service Temporarily Unavailable')
    if (action.type === 'forward') return forward(action.to, request, this.#random())
    const headers = { 'content-type': action.contentType }
    return { status: action.status, headers, body: Buffer.from(action.body) }
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    // A body that breaks off is a client that has gone: there is nobody to answer.
    const exchange = await exchangeOf(request).catch(() => undefined)
    if (exchange) writeAnswer(await this.answer(exchange), response)
    else response.destroy()
  }
}

function rank({ priority }: Rule): number {
  return priority === 'default' ? Number.POSITIVE_INFINITY : priority
}

function forward(to: { group: TargetGroup; weight: number }[], request: Exchange, chance: number): Promise<Answer> {
  const total = to.reduce((sum, { weight }) => sum + weight, 0)
  let mark = chance * total
  for (const { group, weight } of to) {
    if (mark < weight) return group.forward(request)
    mark -= weight
  }
  return Promise.resolve(plainAnswer(503, '503 Service Temporarily Unavailable'))
}

function holds(condition: Condition, request: Exchange): boolean {
  const subject = subjectOf(condition, request)
  return subject !== undefined && condition.values.some(value => wildcard(value, condition.field).test(subject))
}

function subjectOf(condition: Condition, request: Exchange): string | undefined {
  if (condition.field === 'path-pattern') return request.path.split('?')[0]
  const name = condition.field === 'host-header' ? 'host' : (condition.header ?? '').toLowerCase()
  const value = [request.headers[name]].flat()[0]
  return condition.field === 'host-header' ? value?.replace(/:\d+$/, '') : value
}

/** Paths are compared with their case, hosts and header values without. */
function wildcard(value: string, field: Condition['field']): RegExp {
  const source = value
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, field === 'path-pattern' ? '' : 'i')
}

function useGroups(action: Action): void {
  if (action.type === 'forward') for (const { group } of action.to) group.inUse = true
}

/** Requests from now on follow the new action; a group that no rule names any more is no longer in use. */
export function changeAction(balancers: { listeners: Listener[] }[], rule: Rule, action: Action): void {
  const before = rule.action
  rule.action = action
  useGroups(action)
  const rules = balancers.flatMap(({ listeners }) => listeners.flatMap(listener => listener.rules))
  if (before.type === 'forward') for (const { group } of before.to) group.inUse = rules.some(each => names(each, group))
}

function names({ action }: Rule, group: TargetGroup): boolean {
  return action.type === 'forward' && action.to.some(each => each.group === group)
}

function defaultRuleArn(listenerArn: string): string {
  return `${listenerArn.replace(':listener/', ':listener-rule/')}/${listenerArn.split('/').at(-1)}`
}
