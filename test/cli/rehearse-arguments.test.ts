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
  [['--fault', 'VerifyDeployment'], 'names no kind; write STEP:fail'],
  [['--fault', 'VerifyDeployment:throttle'], 'kind throttle: not supported yet'],
  [
    ['--fault', 'PlanRelease:fail'],
    'no step of this name asks ECS or RDS for anything; write STEP:fail, with STEP one of Check',
  ],
  [['--approve', 'Cy'], '--approve Cy: is no approver; write Ana or Bo or none'],
  [['--quick'], "Unknown option '--quick'"],
  [['apps/other.yaml'], 'names too much: apps/other.yaml'],
])('%s is refused with what can be written', (args, message) => {
  expect(() => read(...args)).toThrow(UsageError)
  expect(() => read(...args)).toThrow(message)
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
