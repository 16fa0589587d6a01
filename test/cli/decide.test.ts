import { describe, expect, test } from 'vitest'
import { databaseFor } from '../../cli/commands/decide.ts'
import type { Approval } from '../../domain/approval.ts'
import { question } from '../functions/notify/standings.ts'

const asking = (choices: NonNullable<Approval['question']['migration']>['choices']): Approval => {
  const asked = question()
  const migration = {
    base: 'm:1',
    container: 'migrate',
    image: 'api',
    digest: 'd',
    onRollback: 'ask',
    choices,
  } as const
  return { ...asked, question: { ...asked.question, migration } }
}

describe('what an approver says of the database on the command line', () => {
  const all = asking(['keep', 'down', 'restore'])

  test.each([
    ['what was typed', all, 'down', 'down'],
    ['what the page would have preset, where nothing was typed', all, undefined, 'keep'],
    ['nothing, where nobody is asked', question(), undefined, undefined],
    ['nothing, where the file has settled it', asking([]), undefined, undefined],
  ] as const)('is %s', (_, approval, said, choice) => {
    expect(databaseFor(approval, said)).toBe(choice)
  })

  test.each([
    ['is no choice', all, 'drop', '--database drop: is no choice at production; write one of keep, down, restore'],
    [
      'cannot be done at this stage',
      asking(['keep', 'down']),
      'restore',
      '--database restore: is no choice at production; write one of keep, down',
    ],
    [
      'is asked of nobody',
      question(),
      'keep',
      '--database keep: production does not ask what becomes of a database; take it out',
    ],
  ])('is refused where it %s', (_, approval, said, message) => {
    expect(() => databaseFor(approval, said)).toThrow(message)
  })
})
