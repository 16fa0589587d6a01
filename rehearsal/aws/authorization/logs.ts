import type { GetLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs'
import { type Authorization, arn } from '../service.ts'

export const LOGS_AUTHORIZATION: Authorization = {
  GetLogEvents: ({ logGroupName, logStreamName }: GetLogEventsRequest) => [
    { action: 'logs:GetLogEvents', resource: arn('logs', `log-group:${logGroupName}:log-stream:${logStreamName}`) },
  ],
}
