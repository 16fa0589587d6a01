import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { quoted } from '../../domain/shell.ts'

test.each([
  ['demo-api', 'demo-api'],
  ['arn:aws:ecs:eu-west-1:1:service/demo/api', 'arn:aws:ecs:eu-west-1:1:service/demo/api'],
  ['High 5xx; rate', "'High 5xx; rate'"],
  ["Ana's $HOME", `'Ana'\\''s $HOME'`],
  ['', "''"],
])('%s is typed as %s', (word, typed) => {
  expect(quoted(word)).toBe(typed)
  expect(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })).toBe(word)
})
