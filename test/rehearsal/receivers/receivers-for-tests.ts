import { createClock } from '../../../rehearsal/clock.ts'
import type { ReceivingHost } from '../../../rehearsal/receivers/receiver.ts'

export const START = Date.parse('2025-11-21T10:26:40Z')

export const jumpClock = () => createClock({ drive: 'jump', start: START })

const open = new Set<ReceivingHost>()

/** Starts a host; `closeHosts` ends it. */
export async function started<Host extends ReceivingHost>(host: Host): Promise<Host> {
  await host.start()
  open.add(host)
  return host
}

export async function closeHosts(): Promise<void> {
  await Promise.all([...open].map(host => host.close()))
  open.clear()
}

export interface Heard {
  status: number
  body: Record<string, unknown>
  retryAfter: string | null
}

export async function post(host: ReceivingHost, path: string, init: RequestInit): Promise<Heard> {
  const answer = await fetch(`http://127.0.0.1:${host.port}${path}`, { method: 'POST', ...init })
  const text = await answer.text()
  const body = text.startsWith('{') ? JSON.parse(text) : { text }
  return { status: answer.status, body, retryAfter: answer.headers.get('retry-after') }
}

export const json = (body: unknown, token?: string): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json; charset=utf-8', ...(token && { authorization: `Bearer ${token}` }) },
})
