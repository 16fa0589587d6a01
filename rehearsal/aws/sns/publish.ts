import type { MessageAttributeValue, PublishInput } from '@aws-sdk/client-sns'
import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'

const LARGEST_BYTES = 262_144
const KNOWN = ['TopicArn', 'Message', 'Subject', 'MessageAttributes']

/** Throws what SNS answers a message that it does not take. */
export function checkPublish(input: PublishInput): void {
  const unknown = Object.keys(input).find(name => !KNOWN.includes(name))
  if (unknown) throw notRehearsed(`sns:Publish with ${unknown}`)
  const { TopicArn, Message: message = '', Subject: subject, MessageAttributes: attributes = {} } = input
  if (TopicArn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter')
  if (!/^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(TopicArn)) throw invalid('TopicArn')
  if (message === '') throw invalid('Empty message')
  for (const [name, attribute] of Object.entries(attributes)) checkAttribute(name, attribute)
  const sizes = Object.entries(attributes).map(([name, { DataType = '', StringValue = '' }]) =>
    Buffer.byteLength(name + DataType + StringValue),
  )
  if (sizes.reduce((sum, size) => sum + size, Buffer.byteLength(message)) > LARGEST_BYTES) {
    throw invalid('Message too long')
  }
  // Printable ASCII, not beginning with a space, less than 100 characters.
  if (subject !== undefined && !/^[!-~][ -~]{0,98}$/.test(subject)) throw invalid('Subject')
}

function checkAttribute(name: string, { DataType = '', StringValue }: MessageAttributeValue): void {
  const about = `The message attribute '${name}'`
  if (!/^(?!(aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i.test(name)) {
    throw invalidValue(`Invalid message attribute name: ${name}`)
  }
  if (DataType.startsWith('Binary')) throw notRehearsed('a message attribute of the type Binary')
  if (!/^(String|Number)(\..+)?$/.test(DataType)) {
    const types = 'the set of supported type prefixes is Binary, Number, and String.'
    throw invalidValue(`${about} has an invalid message attribute type, ${types}`)
  }
  if (!StringValue) {
    throw invalidValue(
      `${about} must contain non-empty message attribute value for message attribute type '${DataType}'.`,
    )
  }
  if (DataType.startsWith('Number') && (StringValue.trim() === '' || Number.isNaN(Number(StringValue)))) {
    throw invalidValue(`Could not cast message attribute '${name}' value to number.`)
  }
  if (DataType === 'String.Array' && !isArray(StringValue)) {
    throw invalidValue(`${about} of type 'String.Array' is not a JSON array.`)
  }
}

function isArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

function invalid(what: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter: ${what}`)
}

function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message)
}
