import { beforeAll, expect, test } from 'vitest'
import { type SynthesizedStack, synthesizedStack } from './stack.ts'

let stack: SynthesizedStack

beforeAll(async () => {
  stack = await synthesizedStack()
})

/** What the function of this step may ask of AWS, beside its log and the queue for what it failed at. */
function asks(step: string): string[] {
  const found = stack.of('AWS::Lambda::Function').find(({ properties }) => properties.Description === `Sluice: ${step}`)
  const role = found && stack.named(found.properties.Role)
  const actions = role ? stack.allowed(role).flatMap(statement => statement.actions) : []
  return [...new Set(actions)].filter(action => !/^(logs:|sqs:SendMessage$)/.test(action)).toSorted()
}

test('who plans a release may look at images and the ledger alone: what stages run stays unseen [P1.1d]', () => {
  expect(asks('PlanRelease')).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
    'sns:Publish',
  ])
})

test('who wakes may read who waits, and invoke them [P3.4c]', () => {
  expect(asks('Wake')).toEqual(['dynamodb:Query', 'lambda:InvokeFunction'])
})
