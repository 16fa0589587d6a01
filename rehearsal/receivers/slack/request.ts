import type { Exchange } from '../../fleet/container.ts'
import { jsonOf } from '../receiver.ts'
import { faultsOfBlocks } from './blocks.ts'

export type Arguments = Record<string, unknown>

/** A request that Slack does not do, in its own words. */
export interface Refusal {
  ok: false
  error: string
  response_metadata?: { messages: string[] }
}

export function refused(error: string, messages: string[] = []): Refusal {
  return { ok: false, error, ...(messages.length > 0 && { response_metadata: { messages } }) }
}

/** What a call says, in the query, as a form or as JSON; or Slack's own error where it cannot be read. */
export function argumentsOf({ method, path, headers, body }: Exchange): Arguments | string {
  const query = Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? ''))
  if (method === 'GET' || body.length === 0) return query
  const type = [headers['content-type']].flat()[0]?.split(';')[0]
  if (type === 'application/x-www-form-urlencoded') {
    return { ...query, ...Object.fromEntries(new URLSearchParams(body.toString())) }
  }
  if (type !== 'application/json') return 'invalid_post_type'
  const said = jsonOf(body.toString())
  if (said === undefined) return 'invalid_json'
  return isObject(said) ? { ...query, ...said } : 'json_not_object'
}

/** The token, from the header or as an argument. */
export function tokenOf({ headers }: Exchange, { token }: Arguments): string | undefined {
  const [, bearer] = /^Bearer (\S+)$/i.exec(String(headers.authorization)) ?? []
  return bearer ?? textOf(token)
}

export interface Content {
  text: string
  blocks: unknown[] | undefined
  metadata: { event_type: string; event_payload: object } | undefined
}

/** What Slack has beside text, blocks and metadata, and a rehearsal has not. */
const NOT_REHEARSED = ['attachments', 'markdown_text', 'reply_broadcast']

/** What a message is to say. An edit that says nothing of the metadata keeps it, and takes it away by an empty object. */
export function contentOf(given: Arguments, longestText: number, before?: Content): Content | Refusal {
  const foreign = NOT_REHEARSED.filter(name => name in given)
  if (foreign.length > 0) return refused('not_rehearsed', foreign)
  const text = textOf(given.text) ?? ''
  const blocks = structureOf(given.blocks ?? [])
  if (!Array.isArray(blocks)) return refused('invalid_blocks_format')
  if (text === '' && blocks.length === 0) return refused('no_text')
  if (text.length > longestText) return refused('msg_too_long')
  const faults = faultsOfBlocks(blocks)
  if (faults.length > 0) return refused('invalid_blocks', faults)
  const content = { text, blocks: blocks.length > 0 ? blocks : undefined }
  const metadata = structureOf(given.metadata ?? before?.metadata ?? {})
  if (!isObject(metadata)) return refused('invalid_metadata_format')
  if (Object.keys(metadata).length === 0) return { ...content, metadata: undefined }
  const { event_type, event_payload } = metadata
  if (!textOf(event_type) || !isObject(event_payload)) return refused('invalid_metadata_format')
  return { ...content, metadata: { event_type: String(event_type), event_payload } }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A structure, given as itself or as JSON text; undefined for text that is none. */
export function structureOf(value: unknown): unknown {
  return typeof value === 'string' ? jsonOf(value) : value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
