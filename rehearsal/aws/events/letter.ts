import { AwsError } from '../service.ts'
import type { NewMessage, Queue } from '../sqs/queue.ts'

/** A delivery that was given up. */
export interface GivenUp {
  ruleArn: string
  targetArn: string
  /** JSON text of what the target should have got. */
  body: string
  error: AwsError
  /** How often it was tried again, and which limit that came to; neither where another try would have been in vain. */
  retries: number
  exhausted: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined
}

/** Hands it to the dead-letter queue; returns why that does not have it. */
export function bury(given: GivenUp, queue: Queue | undefined): AwsError | undefined {
  if (!queue) return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  const service = 'events.amazonaws.com'
  if (!queue.policy({ service, action: 'sqs:SendMessage', resource: queue.arn, sourceArn: given.ruleArn })) {
    const asked = `User: ${service} is not authorized to perform: sqs:SendMessage on resource: ${queue.arn}`
    return new AwsError(
      'AccessDenied',
      `${asked} because no resource-based policy allows the sqs:SendMessage action`,
      403,
    )
  }
  queue.send(letterOf(given))
  return undefined
}

function letterOf({ ruleArn, targetArn, body, error, retries, exhausted }: GivenUp): NewMessage {
  const written = {
    RULE_ARN: ruleArn,
    TARGET_ARN: targetArn,
    ERROR_CODE: codeOf(error),
    ERROR_MESSAGE: error.message,
    ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted, RETRY_ATTEMPTS: String(retries) }),
  }
  const attributes = Object.fromEntries(
    Object.entries(written).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  )
  return { body, attributes, senderId: 'events.amazonaws.com' }
}

const CODES: Record<string, string> = {
  AccessDeniedException: 'NO_PERMISSIONS',
  ResourceNotFoundException: 'NO_RESOURCE',
  TooManyRequestsException: 'THROTTLING',
}

function codeOf({ name }: AwsError): string {
  return CODES[name] ?? 'SDK_CLIENT_ERROR'
}
