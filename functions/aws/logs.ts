import { CloudWatchLogsClient, GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs'
import { once } from '../environment.ts'

const client = once(() => new CloudWatchLogsClient({}))

/**
 * The last lines of a log stream, the newest last: up to a megabyte of them. None while there is no such stream: CloudWatch
 * makes it with the first line, which may come after the container has ended.
 */
export async function lastLines(logGroupName: string, logStreamName: string): Promise<string[]> {
  try {
    const { events } = await client().send(
      new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: false }),
    )
    return (events ?? []).map(({ message }) => message ?? '')
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return []
    throw error
  }
}
