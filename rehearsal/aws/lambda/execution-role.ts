import type { Iam } from '../iam/iam.ts'
import { type Access, AwsError, arn, type LogWriter } from '../service.ts'
import type { FunctionSettings, Version } from './functions.ts'

/** What Lambda itself does as the role of a function, beside what the function's code does. */
export interface ExecutionRole {
  /** Throws where Lambda cannot act as the role that a function is to have, or may not use what it is to use. */
  demandUsable(settings: Pick<FunctionSettings, 'roleArn' | 'deadLetterArn'>): void
  /** Whether the environment's stream can be created; without it nothing of what it prints is kept. */
  opensLog(version: Version, stream: string): void
  log(version: Version, stream: string, line: string): void
  maySendTo(queue: string, version: Version): boolean
}

export function createExecutionRole(iam: Iam, logs: LogWriter): ExecutionRole {
  const withoutLog = new Set<string>()

  const sending = (queue: string): Access[] => [{ action: 'sqs:SendMessage', resource: queue }]

  return {
    demandUsable({ roleArn, deadLetterArn }) {
      if (!iam.trusts(roleArn, 'lambda.amazonaws.com'))
        throw invalid('The role defined for the function cannot be assumed by Lambda.')
      if (deadLetterArn && !iam.allows(roleArn, sending(deadLetterArn)))
        throw invalid('The provided execution role does not have permissions to call SendMessage on SQS')
    },
    opensLog(version, stream) {
      if (!iam.allows(version.roleArn, onStream('logs:CreateLogStream', version, stream))) withoutLog.add(stream)
    },
    log(version, stream, line) {
      if (withoutLog.has(stream)) return
      if (iam.allows(version.roleArn, onStream('logs:PutLogEvents', version, stream)))
        logs(version.logGroup, stream, line)
    },
    maySendTo: (queue, { roleArn }) => iam.allows(roleArn, sending(queue)),
  }
}

function onStream(action: string, { logGroup }: Version, stream: string): Access[] {
  return [{ action, resource: arn('logs', `log-group:${logGroup}:log-stream:${stream}`) }]
}

const invalid = (message: string) => new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' })
