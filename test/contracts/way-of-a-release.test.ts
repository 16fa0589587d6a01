import { describe, expect, test } from 'vitest'
import { type Named, statesOf } from './state-machines.ts'

const RELEASE = statesOf('release')
const ROLLBACK = statesOf('rollback')
/** What is done at one stage. */
const AT_STAGE = Object.keys(named(RELEASE, 'ReleaseStages').ItemProcessor?.States ?? {}).map(name =>
  named(RELEASE, name),
)

function named(states: Named[], name: string): Named {
  const found = states.find(state => state.name === name)
  if (!found) throw new Error(`there is no state ${name}`)
  return found
}

/** Where the state may lead, however it ends. */
const leadsTo = ({ Next, Default, Choices = [], Catch = [] }: Named) =>
  [Next, Default, ...Choices.map(choice => choice.Next), ...Catch.map(one => one.Next)].filter(
    next => next !== undefined,
  )

/** Where the state leads when it fails by that name. */
const failing = (state: Named, error: string) =>
  state.Catch?.find(({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'))?.Next

describe('the stages of a release', () => {
  test('are those of its plan, one after the other [P2.1a]', () => {
    expect(named(RELEASE, 'PlanRelease')).toMatchObject({
      Output: '{% $states.result.Payload.stages %}',
      Next: 'ReleaseStages',
    })
    expect(named(RELEASE, 'ReleaseStages')).toMatchObject({
      Type: 'Map',
      Items: '{% $states.input %}',
      MaxConcurrency: 1,
    })
  })

  test('end with the first that was not released: all but one end of a stage are failures [P2.1b, P2.1c]', () => {
    const ends = AT_STAGE.filter(state => leadsTo(state).length === 0)
    expect(ends.filter(({ Type }) => Type !== 'Fail').map(({ name }) => name)).toEqual(['StageReleased'])
    const before = AT_STAGE.filter(state => leadsTo(state).includes('StageReleased'))
    expect(before.map(({ name }) => name)).toEqual(['CloseStage'])
  })

  test('are asked about anew where they are not what was approved any more [P2.4d]', () => {
    expect(named(RELEASE, 'CheckPreconditions').Next).toBe('IsStillApproved')
    expect(named(RELEASE, 'IsStillApproved').Choices).toEqual([
      { Condition: "{% $states.input.kind = 'void' %}", Next: 'RequestApproval' },
    ])
  })
})

describe('a failure', () => {
  const HELD = [
    'CheckPreconditions',
    'BackUpDatabase',
    'RunMigrations',
    'DeployNewVersion',
    'RunSmokeTests',
    'ShiftTraffic',
    'WatchAlarms',
    'CompleteDeployment',
    'VerifyDeployment',
  ]

  test('leads to the rollback where the release has the stage, and nowhere else [P2.6a, P2.6c]', () => {
    const steps = AT_STAGE.filter(({ Type, name }) => Type === 'Task' && name !== 'RollBackStage')
    expect(steps.map(state => [state.name, failing(state, 'a surprise')])).toEqual([
      ['RequestApproval', 'StageFailed'],
      ['LockStage', 'StageFailed'],
      ...HELD.map(name => [name, 'RollBackStage']),
      ['CloseStage', 'StageReleased'],
    ])
  })

  test.each([...HELD, 'CloseStage'])(
    'of %s that says the stage is somebody else’s ends the release, and nothing is taken back [P2.6b]',
    name => {
      expect(failing(named(RELEASE, name), 'LeaseLost')).toBe('StageAborted')
    },
  )
})

describe('the way back', () => {
  test('has one order, where nothing fails [P6.1a]', () => {
    const way: Named[] = []
    for (let next: string | undefined = 'TakeLease'; next; next = way.at(-1)?.Next ?? way.at(-1)?.Default)
      way.push(named(ROLLBACK, next))
    expect(way.filter(({ Type }) => Type === 'Task').map(({ name }) => name)).toEqual([
      'TakeLease',
      'StopDeployments',
      'RestorePrevious',
      'RestoreDatabase',
      'VerifyDeployment',
      'CloseStage',
    ])
  })

  test('fails where it is not proven what the stage serves, or was asked for wrongly, and else succeeds [P6.5a]', () => {
    const ends = ROLLBACK.filter(state => leadsTo(state).length === 0)
    expect(ends.map(({ name, Type, Error: error }) => [name, Type, error])).toEqual([
      ['TakenBack', 'Succeed', undefined],
      ['NotOurs', 'Succeed', undefined],
      ['Refused', 'Fail', 'refused'],
      ['RollbackFailed', 'Fail', 'rollback-failed'],
    ])
    const [proven] = named(ROLLBACK, 'IsProven').Choices ?? []
    expect(proven).toEqual({
      Condition: "{% $states.input.outcome = 'rollback-failed' %}",
      Next: 'RollbackFailed',
    })
  })
})
