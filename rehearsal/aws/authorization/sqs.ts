import { type Authorization, arn } from '../service.ts'

const OPERATIONS = ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes']

const on = (operation: string, name = '') => [{ action: `sqs:${operation}`, resource: arn('sqs', name) }]

export const SQS_AUTHORIZATION: Authorization = {
  ...Object.fromEntries(
    OPERATIONS.map(operation => [
      operation,
      ({ QueueUrl = '' }: { QueueUrl?: string }) => on(operation, QueueUrl.split('/').at(-1)),
    ]),
  ),
  GetQueueUrl: ({ QueueName }: { QueueName?: string }) => on('GetQueueUrl', QueueName),
}
