import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type SynthesizedStack, synthesizedStack } from './stack.ts'

let stack: SynthesizedStack

beforeAll(async () => {
  stack = await synthesizedStack()
}, 180_000)

/** Services whose clients are in the bundles: an operation that no code asks for is not in them. */
const CALLED = ['dynamodb', 'ecs', 'ecr', 'states', 'events', 'sns', 'secretsmanager', 'lambda', 'logs']
/** What Lambda does itself with a function's role, and what ECS asks for beside the operation that creates with tags. */
const BESIDE = ['logs:CreateLogStream', 'logs:PutLogEvents', 'ecs:TagResource']

test('no function is granted what its own code cannot ask for', () => {
  const superfluous = stack.of('AWS::Lambda::Function').flatMap(({ id, properties }) => {
    const { Code, Role } = properties as { Code: { S3Key: string }; Role: unknown }
    const role = stack.named(Role)
    const code = readFileSync(join(stack.directory, `asset.${Code.S3Key.replace('.zip', '')}`, 'index.mjs'), 'utf8')
    const actions = role ? stack.allowed(role).flatMap(statement => statement.actions) : []
    const asked = (operation: string) => code.includes(`"${operation}"`)
    return actions
      .filter(action => CALLED.includes(action.split(':')[0] ?? '') && !BESIDE.includes(action))
      .filter(action => !asked(action === 'lambda:InvokeFunction' ? 'Invoke' : (action.split(':')[1] ?? '')))
      .map(action => `${id}: ${action}`)
  })
  expect(superfluous).toEqual([])
})
