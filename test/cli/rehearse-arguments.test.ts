import { expect, test } from 'vitest'
import { UsageError } from '../../cli/arguments.ts'
import { readRehearseArguments } from '../../cli/rehearsing/rehearse-arguments.ts'

const read = (...args: string[]) => readRehearseArguments(['apps/demo.yaml', ...args])

test('an application alone is rehearsed as released, paced', () => {
  expect(read()).toMatchObject({ scenarioName: 'release', drive: 'paced', speed: 60, json: false })
})

test.each([
  [['--scenario', 'relaese'], '--scenario relaese: is not known; write one of release, failed-smoke'],
  [['--drive', 'fast'], '--drive fast: write paced or jump'],
  [['--speed', '0'], '--speed 0: write how many AWS seconds'],
  [['--drive', 'jump', '--speed', '9'], '--drive jump has no speed'],
  [['--fault', 'VerifyDeployment'], 'names no kind; write NAME:KIND, such as LockStage:crash-before'],
  [['--fault', 'LockStge:twice'], 'LockStge is not known; write a step (StartRelease, PlanRelease,'],
  [['--fault', 'ecs:CreateService:fail'], 'ecs:CreateService is not known; write a step'],
  [
    ['--fault', 'LockStage:drop'],
    'drop is not what can go wrong with LockStage; write one of crash-before, crash-after',
  ],
  [['--fault', 'Lock Freed:stop'], 'stop is not what can go wrong with Lock Freed; write one of drop, delay, twice'],
  [['--fault', 'PlanRelease:fail'], 'PlanRelease does nothing to services or databases'],
  [['--fault', 'Wake:stop'], 'Wake is in no state of an execution that could be stopped'],
  [['--fault', 'RunSmokeTests:outlive'], 'RunSmokeTests changes nothing'],
  [['--fault', 'dynamodb:PutItem:fail'], 'without dynamodb:PutItem nothing can be known or told for good'],
  [['--fault', 'LockStage:outlive'], "as long as AWS's clock says; take --drive jump"],
  [['--approve', 'Cy'], '--approve Cy: is no approver; write Ana or Bo or none'],
  [['--quick'], "Unknown option '--quick'"],
  [['apps/other.yaml'], 'apps/other.yaml: is one word too many'],
])('%s is refused with what can be written', (args, message) => {
  expect(() => read(...args)).toThrow(UsageError)
  expect(() => read(...args)).toThrow(message)
})

test.each([
  ['LockStage:kill-host', { of: 'step', name: 'LockStage', kind: 'kill-host' }],
  ['ecs:UpdateService:lose-answer', { of: 'api', name: 'ecs:UpdateService', kind: 'lose-answer' }],
  ['RDS DB Snapshot Event:reorder', { of: 'event', name: 'RDS DB Snapshot Event', kind: 'reorder' }],
  ['all events:drop', { of: 'event', name: 'all events', kind: 'drop' }],
])('--fault %s goes wrong', (text, fault) => {
  expect(read('--fault', text).fault).toEqual(fault)
})

test('a scenario in which a day passes is rehearsed from timer to timer, unless told otherwise', () => {
  expect(read('--scenario', 'approval-expired').drive).toBe('jump')
  expect(read('--scenario', 'approval-expired', '--drive', 'paced').drive).toBe('paced')
})

test('a scenario about approvers needs an application that asks somebody', () => {
  const args = ['test/apps/two-stages.yaml', '--scenario', 'rejected']
  expect(() => readRehearseArguments(args)).toThrow('test/apps/two-stages.yaml asks nobody at its last stage')
})

test('--approve says who answers: one, or none', () => {
  const link = (approver: string) => ({ url: 'http://pages.example', approver })
  const { answering } = read('--approve', 'Ana')
  expect([answering?.(link('Ana'))?.decision, answering?.(link('Bo'))]).toEqual(['approve', undefined])
  expect(read('--approve', 'none').answering?.(link('Ana'))).toBeUndefined()
})

test('a file that is not valid is refused with its mistakes', () => {
  expect(() => readRehearseArguments(['apps/absent.yaml'])).toThrow('apps/absent.yaml: cannot be read')
})
