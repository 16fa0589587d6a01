import { createHash } from 'node:crypto'
import type { MessageAttributeValue } from '@aws-sdk/client-sqs'

export function md5(content: string | Buffer): string {
  return createHash('md5').update(content).digest('hex')
}

/** The digest of a message's attributes as SQS documents it: by name, each part after its length. */
export function md5OfAttributes(attributes: Record<string, MessageAttributeValue>): string {
  const parts = Object.entries(attributes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, { DataType = '', StringValue, BinaryValue }]) => [
      withLength(Buffer.from(name)),
      withLength(Buffer.from(DataType)),
      Buffer.from([BinaryValue ? 2 : 1]),
      withLength(Buffer.from(BinaryValue ?? StringValue ?? '')),
    ])
  return md5(Buffer.concat(parts))
}

function withLength(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}
