import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import jsonata from 'jsonata'
import { describe, expect, test } from 'vitest'
import { outcome } from '../../domain/outcome.ts'
import { FAILURE_NAMES } from '../../functions/failure.ts'
import { LONGEST_FUNCTION_MS, type Needs } from '../../functions/permissions.ts'
import * as sluice from '../../infra/sluice.ts'
import { ALL_STATES, kebabCase, type Named, ROOT, STEPS, statesOf, TASKS, WAITING } from './state-machines.ts'

const FOLDER = resolve(ROOT, 'functions')
const sourceOf = (name: string) => readFileSync(resolve(FOLDER, `${kebabCase(name)}.ts`), 'utf8')
/** Each file of functions/ that Lambda could run, by its name without ending. */
const RUNNABLE = readdirSync(FOLDER)
  .filter(file => file.endsWith('.ts') && /^export const handler = /m.test(readFileSync(resolve(FOLDER, file), 'utf8')))
  .map(file => file.slice(0, -3))

const byName = (states: Named[]) => [...new Map(states.map(state => [state.name, state])).values()]
const moduleOf = async (file: string) => (await import(`../../functions/${file}.ts`)) as { needs?: Needs }

/** What the expression gives for a question that was asked `ago` seconds ago, for `asksFor` seconds. */
async function heartbeat(expression: string, { asksFor, ago }: { asksFor: number; ago: number }): Promise<number> {
  const entered = new Date(Date.now() - ago * 1_000).toISOString()
  const states = { context: { State: { EnteredTime: entered } } }
  return jsonata(expression.replace(/^\s*\{%|%\}\s*$/g, '')).evaluate({}, { states, asksFor })
}

describe('a state, its file and its function have one name', () => {
  test.each(byName(STEPS))('$name is what functions/ has a file for', ({ name }) => {
    expect(existsSync(resolve(FOLDER, `${kebabCase(name)}.ts`))).toBe(true)
    const [, declared] = /(?:step|waitingStep)\(\{\s*name: '(\w+)'/.exec(sourceOf(name)) ?? []
    expect(declared).toBe(name)
  })

  test.each(STEPS)('$machine calls for $name the function of that name', ({ name, Arguments }) => {
    expect(Arguments?.FunctionName).toBe(`\${${name}}`)
  })

  test.each([
    ['release', sluice.RELEASE_STEPS],
    ['rollback', sluice.ROLLBACK_STEPS],
  ] as const)('the stack gives %s exactly the functions that it calls', async (machine, steps) => {
    const called = STEPS.filter(state => state.machine === machine).map(({ name }) => name)
    expect(Object.keys(steps).toSorted()).toEqual([...new Set(called)].toSorted())
    for (const [name, declared] of Object.entries(steps)) expect(declared).toBe(await moduleOf(kebabCase(name)))
  })

  test('what events start is declared under the name of its file', () => {
    for (const [name, declared] of Object.entries(sluice.LISTENERS)) {
      const [, logged] = /wrapped\('(\w+)'/.exec(sourceOf(name)) ?? []
      expect(logged).toBe(name)
      expect(declared).toHaveProperty('handler')
    }
  })

  test('every file with a handler is a function of the stack, and every function has a file', () => {
    const deployed = { ...sluice.RELEASE_STEPS, ...sluice.ROLLBACK_STEPS, ...sluice.LISTENERS, ...sluice.PEOPLE }
    expect(Object.keys(deployed).map(kebabCase).toSorted()).toEqual(RUNNABLE.toSorted())
  })

  test('only the rollback is started without a function', () => {
    const others = TASKS.filter(({ Resource }) => !Resource?.includes(':lambda:'))
    expect(others.map(({ name, Resource }) => [name, Resource])).toEqual([
      ['RollBackStage', 'arn:aws:states:::states:startExecution.sync:2'],
    ])
  })
})

describe('a state that waits', () => {
  test('is one whose file has two halves, and only those are woken', () => {
    const halves = RUNNABLE.filter(file => /= waitingStep\(/.test(readFileSync(resolve(FOLDER, `${file}.ts`), 'utf8')))
    const waiting = [...new Set(WAITING.map(({ name }) => name))].toSorted()
    expect(waiting.map(kebabCase)).toEqual(halves.toSorted())
    expect([...sluice.WAITING].toSorted()).toEqual(waiting)
  })

  test.each(WAITING)('$machine $name looks again after each heartbeat, for as long as it takes [P3.1a]', state => {
    expect(state.TimeoutSeconds).toBeUndefined()
    expect(state.Retry).toContainEqual({
      ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'],
      IntervalSeconds: 1,
      BackoffRate: 1,
      MaxAttempts: 99_999_999,
    })
  })

  test.each(WAITING)('$machine $name has a heartbeat longer than its function may run [P3.1b]', async state => {
    const module = await moduleOf(kebabCase(state.name))
    const { HeartbeatSeconds: seconds = 0 } = state
    expect(module.needs?.timeoutSeconds).toBeLessThan(
      typeof seconds === 'string' ? await heartbeat(seconds, { asksFor: 86_400, ago: 0 }) : seconds,
    )
  })

  test.each([
    ['an hour, at most', { asksFor: 86_400, ago: 0 }, 3_600],
    ['a second after the moment when the question expires', { asksFor: 600, ago: 500 }, 101],
    ['a minute, at least: its function may run for most of that', { asksFor: 600, ago: 590 }, 60],
    ['a minute, where people may have been asked a little late', { asksFor: 600, ago: 700 }, 60],
    ['an hour, where that moment has long passed', { asksFor: 600, ago: 800 }, 3_600],
  ])('RequestApproval looks again after %s [P3.1c]', async (_, asked, seconds) => {
    const [state, ...more] = WAITING.filter(({ HeartbeatSeconds }) => typeof HeartbeatSeconds === 'string')
    expect([state?.name, ...more]).toEqual(['RequestApproval'])
    expect(await heartbeat(String(state?.HeartbeatSeconds), asked)).toBe(seconds)
  })

  test.each([
    ['LockStage', 300],
    ['TakeLease', 300],
    ['ShiftTraffic', 20],
    ['WatchAlarms', 20],
    ['BackUpDatabase', 60],
    ['RunMigrations', 60],
    ['DeployNewVersion', 60],
    ['CompleteDeployment', 60],
    ['VerifyDeployment', 60],
    ['StopDeployments', 60],
    ['RestorePrevious', 60],
    ['RestoreDatabase', 60],
  ])('%s beats every %i s [P2.3d, P3.1c]', (name, seconds) => {
    const beats = WAITING.filter(state => state.name === name).map(({ HeartbeatSeconds }) => HeartbeatSeconds)
    expect(new Set(beats)).toEqual(new Set([seconds]))
  })
})

test('no function may run longer than what a rollback waits for before it believes that all is quiet [P4.3c]', async () => {
  const limits = await Promise.all(RUNNABLE.map(async file => (await moduleOf(file)).needs))
  expect(limits).toHaveLength(RUNNABLE.length)
  for (const needs of limits)
    expect((needs?.timeoutSeconds ?? Infinity) * 1_000).toBeLessThanOrEqual(LONGEST_FUNCTION_MS)
})

describe('what another try can mend', () => {
  test.each(TASKS)('$machine $name tries again [P3.6a]', ({ Retry }) => {
    expect(Retry?.[0]).toEqual({
      ErrorEquals: [
        'Transient',
        'Lambda.ServiceException',
        'Lambda.AWSLambdaException',
        'Lambda.SdkClientException',
        'Lambda.TooManyRequestsException',
        'Lambda.Unknown',
        'Runtime.ExitError',
        'Sandbox.Timedout',
      ],
      IntervalSeconds: 1,
      BackoffRate: 2,
      MaxDelaySeconds: 60,
      MaxAttempts: 360,
      JitterStrategy: 'FULL',
    })
  })

  test.each(TASKS)('$machine $name never repeats a failure that it was told [P2.6d, P3.6b]', ({ name, Retry }) => {
    const errors = Retry?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? []
    expect(errors).not.toContain('States.TaskFailed')
    // Nothing rolls back from CloseStage on, so it alone goes on trying.
    expect(errors.includes('States.ALL')).toBe(name === 'CloseStage')
  })
})

describe('an error name', () => {
  test('that a machine catches is one that a step ends with, an outcome, or Step Functions’ own', () => {
    const known: readonly string[] = FAILURE_NAMES
    const caught = ALL_STATES.flatMap(({ Catch = [] }) => Catch.flatMap(({ ErrorEquals }) => ErrorEquals))
    expect(caught).not.toEqual([])
    expect(
      caught.filter(name => name !== 'States.ALL' && !known.includes(name) && !outcome.safeParse(name).success),
    ).toEqual([])
  })

  test('that a machine ends with is an outcome; but for a rollback that cannot be, and a release that a clean-up goes on with [P2.1b]', () => {
    const ends = ALL_STATES.filter(({ Type }) => Type === 'Fail')
    expect(ends.length).toBeGreaterThan(0)
    const others = ends.filter(({ Error: name }) => !outcome.safeParse(name).success)
    expect(others.map(({ machine, Error: name }) => [machine, name])).toEqual([
      ['release', 'unsettled'],
      ['rollback', 'refused'],
    ])
  })

  test('that a stage ends with is caught around it, and each outcome has an end of its own [P2.1b, P2.1d, P8.1a, P8.1b]', () => {
    const release = statesOf('release')
    const stageEnds = release.filter(({ Type, name }) => Type === 'Fail' && name.startsWith('Stage'))
    const caught = release.find(({ name }) => name === 'ReleaseStages')?.Catch?.flatMap(one => one.ErrorEquals)
    const outcomes = stageEnds.flatMap(({ Error: name = '' }) => (outcome.safeParse(name).success ? name : []))
    expect(outcomes.toSorted()).toEqual(caught?.toSorted())

    const choice = release.find(({ name }) => name === 'HowItEnded')
    const ends = Object.fromEntries(
      (choice?.Choices ?? []).map(({ Condition, Next }) => [/outcome = '([\w-]+)'/.exec(Condition)?.[1], Next]),
    )
    ends.failed = choice?.Default ?? ''
    expect(Object.keys(ends).toSorted()).toEqual(outcome.options.toSorted())
    for (const [name, end] of Object.entries(ends)) {
      const state = release.find(each => each.name === end)
      const isFailure = ['rolled-back', 'failed', 'aborted', 'rollback-failed'].includes(name)
      expect(state).toMatchObject(isFailure ? { Type: 'Fail', Error: name } : { Type: 'Succeed' })
    }
  })

  test('LeaseLost is caught before anything that would roll back [P2.6b]', () => {
    for (const state of statesOf('release').filter(({ Catch = [] }) => Catch.length > 1))
      expect([['LeaseLost'], ['Superseded']]).toContainEqual(state.Catch?.[0]?.ErrorEquals)
  })
})
