import { expect, test } from 'vitest'
import { lackTold } from '../../domain/lack.ts'

const prose = { found: 'its role is gone', remedy: 'create it' }
const typed = { ...prose, command: 'aws iam create-role' }
const then = 'sluice retry demo v2'

test.each([
  ['what is mended by hand', prose, undefined, 'its role is gone; create it'],
  ['what a command mends', typed, undefined, 'its role is gone; create it: aws iam create-role'],
  ['both, and what comes after it', prose, then, 'its role is gone; create it, then: sluice retry demo v2'],
  [
    'a command, and the one after it',
    typed,
    then,
    'its role is gone; create it: aws iam create-role && sluice retry demo v2',
  ],
])('%s is told in one sentence', (_, lack, after, told) => {
  expect(lackTold(lack, after)).toBe(told)
})
