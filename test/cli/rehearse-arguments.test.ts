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
    'no step of this name asks ECS for anything; write STEP:fail, with STEP one of Check',
  ],
  [['--approve', 'none'], '--approve: approvals are not supported yet'],
  [['--quick'], "Unknown option '--quick'"],
  [['apps/other.yaml'], 'names too much: apps/other.yaml'],
])('%s is refused with what can be written', (args, message) => {
  expect(() => read(...args)).toThrow(UsageError)
  expect(() => read(...args)).toThrow(message)
})

test('a file that is not valid is refused with its mistakes', () => {
  expect(() => readRehearseArguments(['apps/absent.yaml'])).toThrow('apps/absent.yaml: cannot be read')
})
