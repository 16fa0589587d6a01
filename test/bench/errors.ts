import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Installation } from '../../cli/installation.ts'
import { listExecutions } from '../../functions/aws/executions.ts'
import type { Rehearsal } from '../../rehearsal/index.ts'
import type { Verdict } from './told.ts'

const THROTTLED = /Throttl|TooManyRequests|Rate exceeded|LimitExceeded|SlowDown/i

/** What went wrong, by logs, queues and executions: what was tried again is told, what was given up is a flaw. */
export async function errorsOf(
  rehearsal: Rehearsal,
  { releaseMachine, rollbackMachine }: Installation,
  logDir: string,
): Promise<Pick<Verdict, 'table' | 'checks'>> {
  const { failed, dropped } = linesIn(logDir)
  const throttled = failed.filter(line => THROTTLED.test(line)).length
  const left = await rehearsal.clock.during('look at the queues', () => lettersLeft(rehearsal))
  const executions = await rehearsal.clock.during('look at the executions', async () => [
    ...(await listExecutions(releaseMachine)),
    ...(await listExecutions(rollbackMachine)),
  ])
  const bad = executions.filter(({ status }) => status !== 'SUCCEEDED')
  return {
    table: [
      ...[...rehearsal.throttled].map(([name, times]) => [`${name} throttled, and asked again`, String(times)]),
      ['invocations that were throttled, and tried again', String(throttled)],
      ['invocations that failed otherwise, and were tried again', String(failed.length - throttled)],
    ],
    checks: [
      { what: `no execution failed (${bad.length} of ${executions.length})`, passed: bad.length === 0 },
      { what: `no event was given up (${dropped.length})`, passed: dropped.length === 0 },
      { what: `every queue is empty, of dead letters too (${left})`, passed: left === 0 },
    ],
  }
}

/** What functions ended with that failed; what Lambda gave up. */
function linesIn(logDir: string): { failed: string[]; dropped: string[] } {
  const files = readdirSync(logDir, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile() && entry.name.endsWith('.log'),
  )
  const lines = (entries: typeof files) =>
    entries.flatMap(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').split('\n'))
  const isDropped = ({ name }: { name: string }) => basename(name) === 'dropped.log'
  return {
    failed: lines(files.filter(file => !isDropped(file))).filter(line => line.includes('\tInvoke Error\t')),
    dropped: lines(files.filter(isDropped)).filter(line => line !== ''),
  }
}

async function lettersLeft({ stack }: Rehearsal): Promise<number> {
  const sqs = new SQSClient({})
  const urls = Object.values(stack.resources).filter(reference => /^https?:.*\/\d{12}\/[^/]+$/.test(reference))
  if (urls.length === 0) throw new Error('the stack has no queues')
  let left = 0
  for (const QueueUrl of urls) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    )
    left += Number(Attributes.ApproximateNumberOfMessages)
  }
  return left
}
