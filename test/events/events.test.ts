import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { changesOf, cloudwatchAlarmStateChange } from '../../events/cloudwatch-alarm-state-change.ts'
import { ecrImageAction, pushesTo } from '../../events/ecr-image-action.ts'
import { deploymentsIn, ecsDeploymentStateChange } from '../../events/ecs-deployment-state-change.ts'
import { ecsHookStateChange, hooksIn } from '../../events/ecs-hook-state-change.ts'
import { ecsTaskStateChange, ownTasksIn, tasksIn } from '../../events/ecs-task-state-change.ts'
import { endsOf, executionStatusChange } from '../../events/execution-status-change.ts'
import { notification } from '../../events/notification.ts'
import { eventsOf, rdsEvent } from '../../events/rds-event.ts'
import { retryRequest } from '../../events/retry-request.ts'
import { scheduledEvent } from '../../events/scheduled-event.ts'
import { settledPush } from '../../events/settled-push.ts'
import { STAGE_CHANGES, stageChange, stageChangePattern } from '../../events/stage-change.ts'
import { compilePattern } from '../../rehearsal/aws/events/pattern.ts'

const FOLDER = resolve(import.meta.dirname, '../../events')
type Event = Record<string, unknown> & { detail: Record<string, unknown> }

const AT = 'eu-west-1:111122223333'
const CLUSTER = `arn:aws:ecs:${AT}:cluster/demo-production`

interface Known {
  file: string
  schema: z.ZodType
  /** What the stack listens for, of the resources that the example is about. */
  pattern: { detailType: string[] }
  /** Changes of the example that are no such event. */
  malformed: Record<string, (event: Event) => void>
  /** Changes after which it is nothing that the stack listens for. */
  unheard: Record<string, (event: Event) => void>
}

const KNOWN: Known[] = [
  {
    file: 'ecr-image-action',
    schema: ecrImageAction,
    pattern: pushesTo(['another', 'demo-api']),
    malformed: {
      'without a repository': event => delete event.detail['repository-name'],
      'of a digest that is none': event => Object.assign(event.detail, { 'image-digest': 'v2' }),
      'of a result that is none': event => Object.assign(event.detail, { result: 'MAYBE' }),
      'of an empty tag': event => Object.assign(event.detail, { 'image-tag': '' }),
      'without a time': event => delete event.time,
      'at a time that is none': event => Object.assign(event, { time: 'yesterday' }),
    },
    unheard: {
      'to another repository': event => Object.assign(event.detail, { 'repository-name': 'demo-web' }),
      'that failed': event => Object.assign(event.detail, { result: 'FAILURE' }),
      'without a tag': event => delete event.detail['image-tag'],
      'that is a deletion': event => Object.assign(event.detail, { 'action-type': 'DELETE' }),
      'that moves an image to an archive': event =>
        Object.assign(event.detail, { 'action-type': 'UPDATE_STORAGE_CLASS' }),
    },
  },
  {
    file: 'ecs-deployment-state-change',
    schema: ecsDeploymentStateChange,
    pattern: deploymentsIn([CLUSTER]),
    malformed: {
      'that names no service': event => Object.assign(event, { resources: [] }),
      'without a name': event => delete event.detail.eventName,
    },
    unheard: {
      'of a deployment that only began': event =>
        Object.assign(event.detail, { eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS' }),
      'of another cluster': event =>
        Object.assign(event, { resources: [`arn:aws:ecs:${AT}:service/demo-production-2/demo-api`] }),
    },
  },
  {
    file: 'ecs-hook-state-change',
    schema: ecsHookStateChange,
    pattern: hooksIn([CLUSTER]),
    malformed: {
      'without a service': event => delete event.detail.serviceArn,
      'without a cluster': event => delete event.detail.clusterArn,
      'that names no deployment': event => Object.assign(event, { resources: [] }),
    },
    unheard: {
      'of a hook that only began': event => Object.assign(event.detail, { eventName: 'HOOK_IN_PROGRESS' }),
      'of another cluster': event => Object.assign(event.detail, { clusterArn: `${CLUSTER}-2` }),
    },
  },
  {
    file: 'cloudwatch-alarm-state-change',
    schema: cloudwatchAlarmStateChange,
    pattern: changesOf(['another', 'demo-production-errors']),
    malformed: {
      'that names no alarm': event => Object.assign(event, { resources: [] }),
      'without a name': event => delete event.detail.alarmName,
      'without a state': event => delete event.detail.state,
    },
    unheard: {
      'of another alarm': event => Object.assign(event.detail, { alarmName: 'demo-production-errors-2' }),
      'of its configuration': event => Object.assign(event, { 'detail-type': 'CloudWatch Alarm Configuration Change' }),
    },
  },
  {
    file: 'ecs-task-state-change',
    schema: ecsTaskStateChange,
    pattern: tasksIn([CLUSTER]),
    malformed: {
      'without a cluster': event => delete event.detail.clusterArn,
      'without a group': event => delete event.detail.group,
      'without a task': event => delete event.detail.taskArn,
    },
    unheard: {
      'of a task that is only pending': event => Object.assign(event.detail, { lastStatus: 'PENDING' }),
      'that belongs to no service': event => Object.assign(event.detail, { group: 'family:migrations' }),
      'of another cluster': event =>
        Object.assign(event.detail, { clusterArn: CLUSTER.replace('production', 'staging') }),
    },
  },
  {
    file: 'rds-event',
    schema: rdsEvent,
    pattern: eventsOf([`arn:aws:rds:${AT}:db:demo-production`, `arn:aws:rds:${AT}:snapshot:sluice-`]),
    malformed: {
      'about nothing': event => delete event.detail.SourceArn,
      'without a number': event => delete event.detail.EventID,
      'of another kind': event => Object.assign(event, { 'detail-type': 'RDS DB Parameter Group Event' }),
    },
    unheard: {
      "about somebody else's snapshot": event =>
        Object.assign(event.detail, { SourceArn: `arn:aws:rds:${AT}:snapshot:rds:demo-production-2026-11-20` }),
      'about another database': event =>
        Object.assign(event.detail, { SourceArn: `arn:aws:rds:${AT}:db:demo-staging` }),
    },
  },
  {
    file: 'execution-status-change',
    schema: executionStatusChange,
    pattern: endsOf([`arn:aws:states:${AT}:stateMachine:release`]),
    malformed: {
      'without an execution': event => delete event.detail.executionArn,
      'whose input is no text': event => Object.assign(event.detail, { input: { app: 'demo' } }),
    },
    unheard: {
      'of one that runs': event => Object.assign(event.detail, { status: 'RUNNING' }),
      'of another machine': event =>
        Object.assign(event.detail, { stateMachineArn: `arn:aws:states:${AT}:stateMachine:other` }),
    },
  },
  {
    file: 'stage-change',
    schema: stageChange,
    pattern: stageChangePattern,
    malformed: {
      'without a stage': event => delete event.detail.stage,
      'of an application that cannot be': event => Object.assign(event.detail, { app: 'Demo App' }),
    },
    unheard: {
      'that somebody else announces': event => Object.assign(event, { source: 'demo' }),
      'of another type': event => Object.assign(event, { 'detail-type': 'Lock Taken' }),
    },
  },
]

const exampleOf = (file: string) => JSON.parse(readFileSync(resolve(FOLDER, `${file}.json`), 'utf8')) as Event

/** The pattern by EventBridge's own field names, as the stack renders it; test/infra looks at what it rendered. */
function heardBy({ detailType, ...pattern }: Known['pattern']) {
  return compilePattern({ ...pattern, 'detail-type': detailType })
}

test('every schema has an example beside it, and every example is known here', () => {
  const files = readdirSync(FOLDER).map(file => file.replace(/\.(ts|json)$/, ''))
  const known = [...KNOWN.map(({ file }) => file), 'notification', 'retry-request', 'scheduled-event', 'settled-push']
  expect(files.toSorted()).toEqual([...known, ...known].toSorted())
})

describe.each(KNOWN)('an event like $file', ({ file, schema, pattern, malformed, unheard }) => {
  const heard = heardBy(pattern)

  test('is understood and heard', () => {
    expect(schema.safeParse(exampleOf(file)).error).toBeUndefined()
    expect(heard(exampleOf(file))).toBe(true)
  })

  test('of another source is refused and not heard', () => {
    const event = { ...exampleOf(file), source: 'aws.health' }
    expect(schema.safeParse(event).success).toBe(false)
    expect(heard(event)).toBe(false)
  })

  test.each(Object.entries(malformed))('%s is refused', (_, change) => {
    const event = exampleOf(file)
    change(event)
    expect(schema.safeParse(event).success).toBe(false)
  })

  test.each(Object.entries(unheard))('%s is not heard', (_, change) => {
    const event = exampleOf(file)
    change(event)
    expect(heard(event)).toBe(false)
  })
})

test.each(STAGE_CHANGES)('%s is heard by who waits at the stage [P3.4a]', change => {
  const event = { ...exampleOf('stage-change'), 'detail-type': change }
  expect(stageChange.safeParse(event).success).toBe(true)
  expect(heardBy(stageChangePattern)(event)).toBe(true)
})

test.each([
  ['HOOK_AWAITING_ACTION', true],
  ['HOOK_FAILED', true],
  ['HOOK_TIMED_OUT', true],
  // The next pause, or the end of the deployment, says all that one waits for.
  ['HOOK_SUCCEEDED', false],
])('%s of a pause is heard: %s', (name, isHeard) => {
  const event = exampleOf('ecs-hook-state-change')
  Object.assign(event.detail, { eventName: name })
  expect(heardBy(hooksIn([CLUSTER]))(event)).toBe(isHeard)
})

test.each(['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'])('%s of an execution is heard [P4.4a]', status => {
  const event = exampleOf('execution-status-change')
  Object.assign(event.detail, { status })
  expect(heardBy(endsOf([String(event.detail.stateMachineArn)]))(event)).toBe(true)
})

test.each(['ALARM', 'OK', 'INSUFFICIENT_DATA'])('%s of an alarm that is watched is heard', value => {
  const event = exampleOf('cloudwatch-alarm-state-change')
  Object.assign(event.detail, { state: { value } })
  expect(heardBy(changesOf(['demo-production-errors']))(event)).toBe(true)
})

describe('the end of a task that runs by itself', () => {
  const heard = heardBy(ownTasksIn([CLUSTER]))
  const ended = (detail: object) => {
    const event = exampleOf('ecs-task-state-change')
    return {
      ...event,
      detail: { ...event.detail, group: 'family:demo-migrations', startedBy: 'sluice/1a2b', ...detail },
    }
  }

  test('is heard where it is ours', () => {
    expect(heard(ended({}))).toBe(true)
    expect(heard(ended({ startedBy: 'a-schedule' }))).toBe(false)
    expect(heard(ended({ lastStatus: 'RUNNING' }))).toBe(false)
    expect(heard(ended({ clusterArn: CLUSTER.replace('production', 'staging') }))).toBe(false)
  })
})

describe('a message for people', () => {
  const told = () => exampleOf('notification') as Event & Record<'about' | 'transition', Record<string, unknown>>

  test('is understood as it was told [P7.1a]', () => {
    expect(notification.parse(told())).toEqual(told())
  })

  test.each<[string, (message: ReturnType<typeof told>) => void]>([
    ['of no known kind', ({ transition }) => Object.assign(transition, { kind: 'approval-forgotten' })],
    ['of a stage that it does not name', ({ transition }) => delete transition.stage],
    ['of a decision that is none', ({ transition }) => Object.assign(transition, { decision: 'maybe' })],
    ['about no release', message => Object.assign(message, { about: { app: 'demo' } })],
    ['that cannot be told from its repetition', message => delete (message as Record<string, unknown>).id],
  ])('%s is refused', (_, change) => {
    const message = told()
    change(message)
    expect(notification.safeParse(message).success).toBe(false)
  })

  test('says why a database was kept', () => {
    const kept = { kind: 'database-kept', stage: 'production', because: 'nobody was there to choose' }
    expect(notification.parse({ ...told(), transition: kept }).transition).toEqual(kept)
    const { because: _, ...silent } = kept
    expect(notification.safeParse({ ...told(), transition: silent }).success).toBe(false)
  })

  test('carries nothing but what its kind says', () => {
    const message = told()
    Object.assign(message.transition, { link: 'https://pages.example/approvals/x' })
    expect(notification.parse(message)).toEqual(told())
  })
})

describe('a request for the next attempt of a release', () => {
  const asked = () => exampleOf('retry-request')

  test('is understood as it was asked', () => {
    const { id, source, detail } = asked()
    expect(retryRequest.parse(asked())).toEqual({ id, source, 'detail-type': 'Retry Requested', detail })
  })

  test.each<[string, (event: Event) => void]>([
    ['that cannot be told from another', event => delete event.id],
    ['of another source', event => Object.assign(event, { source: 'aws.ecr' })],
    ['of a tag instead of a release', event => Object.assign(event.detail, { release: 'v2' })],
    ['of no application', event => delete event.detail.app],
    ['for an empty reason', event => Object.assign(event.detail, { reason: ' ' })],
    ['for a reason that nobody would read', event => Object.assign(event.detail, { reason: 'x'.repeat(501) })],
  ])('%s is refused', (_, change) => {
    const event = asked()
    change(event)
    expect(retryRequest.safeParse(event).success).toBe(false)
  })

  test('is heard by nobody who waits at a stage', () => {
    expect(heardBy(stageChangePattern)(asked())).toBe(false)
  })
})

describe('a push that has waited', () => {
  const settled = () => exampleOf('settled-push')

  test('is understood as it was sent', () => {
    expect(settledPush.parse(settled())).toEqual(settled())
  })

  test.each<[string, (event: Event) => void]>([
    ['of no application', event => delete event.detail.app],
    ['of no tag', event => Object.assign(event.detail, { tag: '' })],
    ['at a time that is none', event => Object.assign(event.detail, { pushedAt: 'yesterday' })],
    ['of another source', event => Object.assign(event, { source: 'aws.ecr' })],
  ])('%s is refused', (_, change) => {
    const event = settled()
    change(event)
    expect(settledPush.safeParse(event).success).toBe(false)
  })
})

test('that it is time is said by the bus alone', () => {
  expect(scheduledEvent.safeParse(exampleOf('scheduled-event')).success).toBe(true)
  expect(scheduledEvent.safeParse({ ...exampleOf('scheduled-event'), source: 'sluice' }).success).toBe(false)
})
