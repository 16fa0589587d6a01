import { describe } from 'vitest'
import { lambdaSuite } from './lambda-suite.ts'

describe.each([
  ['processes', false],
  ['threads', true],
])('in %s', (_, inThreads) => lambdaSuite(inThreads))
