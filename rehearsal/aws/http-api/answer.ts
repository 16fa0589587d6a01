import { validateHeaderName, validateHeaderValue } from 'node:http'
import { z } from 'zod'
import { isRecord } from '../wire/shape.ts'

/** What goes over the wire. */
export interface HttpAnswer {
  status: number
  headers: [name: string, value: string][]
  body: Buffer
}

const answer = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().optional(),
})

/** The function's answer in payload format 2.0; one without a status is the body of a 200. Undefined when API Gateway can make nothing of it. */
export function answerOf(payload: unknown): HttpAnswer | undefined {
  if (!isRecord(payload) || payload.statusCode === undefined) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return { status: 200, headers: [['content-type', 'application/json']], body: Buffer.from(body) }
  }
  const { success, data } = answer.safeParse(payload)
  if (!success) return undefined
  const { statusCode, headers = {}, cookies = [], body, isBase64Encoded = false } = data
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value])
  const all = [
    ...(given.some(([name]) => name === 'content-type') ? [] : [DEFAULT_TYPE]),
    ...given.filter(([name]) => !OF_THE_CONNECTION.includes(name)),
    ...cookies.map((cookie): [string, string] => ['set-cookie', cookie]),
  ]
  if (!all.every(isSendable)) return undefined
  return { status: statusCode, headers: all, body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8') }
}

/** An answer of API Gateway's own. */
export function message(status: number, text: string): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ message: text }))
  return { status, headers: [['content-type', 'application/json']], body }
}

const DEFAULT_TYPE: [string, string] = ['content-type', 'text/plain;charset=UTF-8']
const OF_THE_CONNECTION = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'upgrade']

function isSendable([name, value]: [string, string]): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
