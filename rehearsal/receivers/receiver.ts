import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Answer, Exchange } from '../fleet/container.ts'
import { exchangeOf, plainAnswer, writeAnswer } from '../fleet/http.ts'

/** What meets one request: `silence` takes it and neither does it nor answers, `silence-after` does it and never answers. */
export type Reception = 'normal' | 'silence' | 'silence-after' | { status: 429; retryAfter: number } | { status: 500 }

/** A host of the internet, on a loopback port. */
export interface ReceivingHost {
  readonly port: number
  /** How requests are met from now on, so that outages can be staged; `call` counts the requests of a method from 1. */
  answers: (method: string, call: number) => Reception
  /** What the real host would have refused or cut, in order. What is staged, and being asked to slow down, is none. */
  readonly problems: string[]
  start(): Promise<void>
  close(): Promise<void>
}

/** Receives HTTP and holds the clock while it answers; who knows the host says what it answers. */
export abstract class Receiver implements ReceivingHost {
  answers: ReceivingHost['answers'] = () => 'normal'
  readonly problems: string[] = []
  protected readonly clock: Clock
  readonly #calls = new Map<string, number>()
  readonly #server = http.createServer((request, response) => {
    void this.clock.during(`request to ${request.headers.host}`, () => this.#serve(request, response))
  })

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** The name of what is asked, for `answers` and `problems`. */
  protected abstract methodOf(path: string): string
  protected abstract answer(method: string, request: Exchange): Answer
  protected abstract slowDown(seconds: number): Answer

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async start(): Promise<void> {
    await this.clock.during('listen', () => new Promise<void>(done => this.#server.listen(0, '127.0.0.1', done)))
  }

  close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    return closed
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    // A body that breaks off is a client that has gone: there is nobody to answer.
    const exchange = await exchangeOf(request).catch(() => undefined)
    if (!exchange) return void response.destroy()
    const answer = this.#meet(exchange)
    if (!answer) return
    writeAnswer(answer, response)
    if (!response.writableFinished && !response.destroyed) {
      await Promise.race([once(response, 'finish'), once(response, 'close')])
    }
  }

  /** The answer, or undefined for one that never comes: its connection stays open and holds no clock. */
  #meet(request: Exchange): Answer | undefined {
    const method = this.methodOf(request.path.split('?')[0] ?? '')
    const call = (this.#calls.get(method) ?? 0) + 1
    this.#calls.set(method, call)
    const reception = this.answers(method, call)
    if (reception === 'silence') return undefined
    if (reception === 'normal') return this.answer(method, request)
    if (reception === 'silence-after') return void this.answer(method, request)
    return reception.status === 429 ? this.slowDown(reception.retryAfter) : plainAnswer(500, 'Internal Server Error')
  }
}

export function jsonAnswer(status: number, body: unknown, headers: Answer['headers'] = {}): Answer {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(body)) }
}

/** What a text says as JSON; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
