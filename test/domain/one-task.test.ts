import { describe, expect, test } from 'vitest'
import {
  FORGOTTEN_MS,
  type Intent,
  judgeTask,
  mayBeAsked,
  mayPass,
  STOPPING_MS,
  type TaskFacts,
  whyStopped,
} from '../../domain/one-task.ts'

const WITHIN = 15 * 60_000
const intent: Intent = { at: 0, asked: { at: 0 }, task: 'arn:of:it' }
const unknown: Intent = { at: 0, asked: { at: 0 } }
const refused: Intent = { at: 0, asked: { at: 0, refused: 'RESOURCE:CPU' } }
const running: TaskFacts = { status: 'RUNNING', isStopping: false, hasStarted: true, createdAt: 0, containers: [] }
const exited = (...codes: (number | undefined)[]): TaskFacts => ({
  ...{ ...running, status: 'STOPPED', isStopping: true, stopCode: 'EssentialContainerExited' },
  stoppedReason: 'Essential container in task exited',
  containers: codes.map((exitCode, at) => ({ name: `c${at}`, ...(exitCode !== undefined && { exitCode }) })),
})
const at = (now: number) => ({ now, within: WITHIN })

describe('a task that has stopped', () => {
  const stopped = (stopCode: string, stoppedReason: string) => ({ ...exited(0), stopCode, stoppedReason })
  test.each([
    ['has succeeded when every essential container ended with 0', exited(0, 0), 'succeeded', 'the task ended with 0'],
    ['has failed by one that did not', exited(0, 3), 'failed', 'container c1 ended with exit code 3'],
    [
      'is told by what ended first, not by what that took along',
      exited(143, 3),
      'failed',
      'container c1 ended with exit code 3',
    ],
    [
      'is told by a signal where there is nothing else',
      exited(0, 137),
      'failed',
      'container c1 ended with exit code 137 (killed: out of memory, or SIGKILL); what it had last asked of the database may still run there',
    ],
    [
      'may have crashed',
      exited(139),
      'failed',
      'container c0 ended with exit code 139 (it crashed: SIGSEGV); what it had last asked of the database may still run there',
    ],
    [
      'may have been told to stop',
      exited(143),
      'failed',
      'container c0 ended with exit code 143 (told to stop: SIGTERM); what it had last asked of the database may still run there',
    ],
    [
      'has failed where nobody knows how a container ended that ran',
      exited(undefined),
      'failed',
      'container c0 has no exit code',
    ],
    [
      'has failed where one ran and another never started',
      exited(0, undefined),
      'failed',
      'container c1 has no exit code',
    ],
    [
      'has failed where none ran that counts, but another had run before',
      { ...exited(undefined), stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError' },
      'failed',
      'the task was stopped (TaskFailedToStart: CannotPullContainerError); container c0 has no exit code',
    ],
    [
      'has failed where it was stopped by somebody, though it ended with 0',
      stopped('UserInitiated', 'lunch.'),
      'failed',
      'the task was stopped (UserInitiated: lunch)',
    ],
    [
      'has failed where AWS took its capacity',
      stopped('SpotInterruption', ''),
      'failed',
      'the task was stopped (SpotInterruption)',
    ],
    [
      'has failed at its limit',
      { ...stopped('UserInitiated', whyStopped(WITHIN)), containers: exited(143).containers },
      'failed',
      'the task was stopped after 15m, the longest time that it is given; container c0 ended with exit code 143; what it had last asked of the database may still run there',
    ],
  ] as const)('%s', (_, task, kind, because) => {
    expect(judgeTask(intent, task, at(WITHIN))).toMatchObject({ kind, because })
  })

  test('says why its container was killed', () => {
    const containers = [{ name: 'migrate', exitCode: 137, reason: 'OutOfMemoryError: Container killed.' }]
    expect(judgeTask(intent, { ...exited(), containers }, at(0))).toMatchObject({
      because:
        'container migrate ended with exit code 137 (killed: out of memory, or SIGKILL): OutOfMemoryError: Container killed; what it had last asked of the database may still run there',
      container: 'migrate',
    })
  })

  test.each([
    [
      'by its container’s reason',
      { containers: [{ name: 'c0', reason: 'CannotPullContainerError: gone' }] },
      'CannotPullContainerError: gone',
    ],
    [
      'by its own',
      { containers: [{ name: 'c0' }], stoppedReason: 'ResourceInitializationError: no secret.' },
      'ResourceInitializationError: no secret',
    ],
    ['though ECS says nothing', { containers: [{ name: 'c0' }], stoppedReason: '' }, 'ECS gives no reason'],
  ])('before any container ran has never started, and says why, %s', (_, more, why) => {
    const task = { ...exited(undefined), hasStarted: false, stopCode: 'TaskFailedToStart', ...more }
    expect(judgeTask(intent, task, at(0))).toEqual({ kind: 'never-started', because: `the task never started: ${why}` })
  })
})

describe('a task that has not stopped', () => {
  test.each([
    ['runs, within its time', running, WITHIN - 1, 'running'],
    ['is stopped when its time is over', running, WITHIN, 'stop'],
    ['is not stopped twice', { ...running, status: 'STOPPING', isStopping: true }, WITHIN + 60_000, 'running'],
    [
      'is waited for while ECS stops it',
      { ...running, isStopping: true, stoppingAt: 60_000 },
      60_000 + STOPPING_MS - 1,
      'running',
    ],
    [
      'is given up where ECS does not get it stopped',
      { ...running, isStopping: true, stoppingAt: 60_000 },
      60_000 + STOPPING_MS,
      'unknown',
    ],
    [
      'is given up where ECS does not even say since when it stops it',
      { ...running, isStopping: true },
      WITHIN + STOPPING_MS,
      'unknown',
    ],
    ['has its time from when ECS made it', { ...running, createdAt: 60_000 }, WITHIN, 'running'],
  ] as const)('%s', (_, task, now, kind) => {
    expect(judgeTask(intent, task, at(now))).toMatchObject({ kind })
  })

  test('is stopped at once where nobody needs it any more', () => {
    const verdict = { kind: 'stop', because: 'is not needed any more' }
    expect(judgeTask(intent, running, { ...at(0), isUnwanted: true })).toEqual(verdict)
  })
})

describe('a task that ECS does not show', () => {
  test.each([
    ['may still come', unknown, at(FORGOTTEN_MS - 1), 'running'],
    ['may have run and be forgotten', unknown, at(FORGOTTEN_MS), 'unknown'],
    ['is there and not shown yet', intent, at(0), 'running'],
    ['was there, and nobody knows how it ended', intent, at(FORGOTTEN_MS), 'unknown'],
    ['is waited for while ECS has no room', refused, at(WITHIN - 1), 'running'],
    ['is given up when ECS has had no room for all of its time', refused, at(WITHIN), 'never-started'],
    [
      'is given up at once where ECS refuses it for good',
      { at: 0, asked: { at: 0, refused: 'MISSING', isFinal: true } },
      at(0),
      'never-started',
    ],
    ['will not come any more once nobody asks for it', unknown, { ...at(0), isOver: true }, 'never-started'],
    ['nor where ECS had no room until then', refused, { ...at(0), isOver: true }, 'never-started'],
    ['may come though nobody asks any more, where it is there', intent, { ...at(0), isOver: true }, 'running'],
    ['may have run before that', unknown, { ...at(FORGOTTEN_MS), isOver: true }, 'unknown'],
  ] as const)('%s', (_, known, limit, kind) => {
    expect(judgeTask(known, undefined, limit).kind).toBe(kind)
  })
})

test.each([
  ['at first', unknown, 0, true],
  ['again, where its answer was lost', unknown, FORGOTTEN_MS - 1, true],
  ['not where what it started may be forgotten', unknown, FORGOTTEN_MS, false],
  ['again, where it had no room', refused, WITHIN - 1, true],
  ['not when the time for that is over', refused, WITHIN, false],
  ['not where it refuses for good', { at: 0, asked: { at: 0, refused: 'MISSING', isFinal: true } }, 0, false],
] as const)('ECS is asked %s', (_, known, now, asked) => {
  expect(mayBeAsked(known, at(now))).toBe(asked)
})

test.each([
  ['RESOURCE:MEMORY', true],
  ['RESOURCE:ENI', true],
  ['AGENT', true],
  ['Capacity is unavailable at this time. Please try again later or in a different availability zone', true],
  ['You’ve reached the limit on the number of tasks you can run concurrently', true],
  ['MISSING', false],
  ['ATTRIBUTE', false],
  ['LOCATION', false],
])('whether %s may be over in a while: %s', (reason, passes) => {
  expect(mayPass(reason)).toBe(passes)
})
