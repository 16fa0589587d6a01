import { describe, expect, test } from 'vitest'
import { releaseLines } from '../../cli/view/release-lines.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { readHistory } from '../../functions/view/history.ts'
import { recorded, viewAfter } from './recorded.ts'

const events = recorded('release')
const through = (name: string, type: string) =>
  events.findIndex(event => event.type === type && event.stateEnteredEventDetails?.name === name) + 1
const textOf = (view: ReturnType<typeof viewAfter>, now = 0) =>
  releaseLines(view, now, PLAIN).map(({ text }) => text.trimEnd().replaceAll(/ {2,}/g, '  '))

describe('what a history tells', () => {
  test('every state that was entered and every further try is a transition', () => {
    const entered = events.filter(({ type }) => type?.endsWith('StateEntered')).length
    expect(readHistory(events).transitions).toBe(entered + 1)
  })

  test('a heartbeat that was missed is one more try, and no failure', () => {
    const [stage = []] = readHistory(events).stages
    const deployed = stage.find(({ name }) => name === 'DeployNewVersion')
    expect(deployed).toMatchObject({ state: 'done', retries: 1 })
    expect(deployed).not.toHaveProperty('because')
  })

  test('a step that failed keeps what its function said, also once its state was left', () => {
    const [stage = []] = readHistory(events).stages
    expect(stage.find(({ name }) => name === 'RunSmokeTests')).toMatchObject({
      state: 'failed',
      because: expect.stringContaining('answered 500, not 200'),
    })
  })

  test('an execution that is stopped fails the step that it was in', () => {
    const upTo = events.slice(0, through('DeployNewVersion', 'TaskStateEntered') + 2)
    const stopped = { type: 'ExecutionAborted', timestamp: new Date('2027-01-01T00:00:00Z'), id: 99 } as const
    const [stage = []] = readHistory([...upTo, stopped]).stages
    expect(stage.at(-1)).toMatchObject({ name: 'DeployNewVersion', state: 'failed', to: stopped.timestamp.getTime() })
  })
})

describe('how a release is shown', () => {
  test('a step that runs is one line that is not final, with its time so far', () => {
    const view = viewAfter(through('DeployNewVersion', 'TaskStateEntered') + 3)
    const from = view.stages[0]?.steps.at(-1)?.from ?? 0
    for (const stage of view.stages) stage.tasks = { 'demo-api': { previous: 2, other: 1, desired: 2 } }
    const lines = releaseLines(view, from + 42_000, PLAIN)
    expect(lines.at(-1)).toMatchObject({ final: false })
    expect(lines.at(-1)?.text).toMatch(/^ {4}◐ deploy new version {5}demo-api: 1 of 2 new tasks run +42s$/)
    expect(lines.slice(0, -1).every(({ final }) => final)).toBe(true)
  })

  test('the way back takes the place of the state that waits for it, and says what it did', () => {
    expect(textOf(viewAfter(events.length, recorded('rollback').length))).toEqual([
      '  production',
      '  ✓ lock stage  lease 1  0s',
      '  ✓ check preconditions  demo-api serves sha256:30d4…d4  0s',
      '  ✓ deploy new version  demo-api · rolling  1m 11s',
      '  ✗ run smoke tests  production: GET http://demo.example/version answered 500, not 200  0s',
      '  ↩ take lease  lease 2  0s',
      '  ↩ stop deployments  none is open any more  0s',
      '  ↩ restore previous  1 service deployed back  1m 11s',
      '  ↩ verify deployment  2 tasks with the previous digests  0s',
      '  ↩ close stage  rolled-back  0s',
    ])
  })

  test('nothing is shown of a stage that was not entered', () => {
    expect(textOf(viewAfter(through('PlanRelease', 'TaskStateEntered')))).toEqual([])
  })
})
