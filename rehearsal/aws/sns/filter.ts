import type { MessageAttributeValue } from '@aws-sdk/client-sns'
import { compilePattern } from '../events/pattern.ts'
import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { isRecord } from '../wire/shape.ts'

/** Whether a subscription takes a message with these attributes. */
export type Filter = (attributes: Record<string, MessageAttributeValue>) => boolean

const MOST_NAMES = 5
const MOST_COMBINATIONS = 150

/** Compiles a filter policy on message attributes; the alternatives of a name are those of EventBridge's patterns. */
export function compileFilter(policy: unknown): Filter {
  if (policy === undefined) return () => true
  if (!isRecord(policy)) throw invalidFilter('Filter policy must be a JSON object')
  check(policy)
  if (Object.keys(policy).length === 0) return () => true
  const matches = compile(policy)
  return attributes =>
    matches(Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, compared(attribute)])))
}

function check(policy: Record<string, unknown>): void {
  if ('$or' in policy) throw notRehearsed('$or in a filter policy')
  const lists = Object.entries(policy).map(([name, wanted]) => {
    if (Array.isArray(wanted)) return wanted
    const reason = isRecord(wanted)
      ? 'Filter policy scope MessageAttributes does not support nested filter policy'
      : `"${name}" must be an object or an array`
    throw invalidFilter(reason)
  })
  if (lists.length > MOST_NAMES) throw invalidFilter('Filter policy can not have more than 5 keys')
  if (lists.reduce((product, list) => product * list.length, 1) > MOST_COMBINATIONS) {
    throw invalidFilter('Filter policy is too complex')
  }
}

function compile(policy: Record<string, unknown>) {
  try {
    return compilePattern(policy)
  } catch (error) {
    if (!(error instanceof AwsError) || error.name !== 'InvalidEventPatternException') throw error
    throw invalidFilter(error.message.replace('Event pattern is not valid. Reason: ', ''))
  }
}

function compared({ DataType, StringValue = '' }: MessageAttributeValue): unknown {
  if (DataType === 'String.Array') return JSON.parse(StringValue)
  return DataType?.startsWith('Number') ? Number(StringValue) : StringValue
}

function invalidFilter(reason: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter: FilterPolicy: ${reason}`)
}
