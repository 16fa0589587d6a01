import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { lookLines } from '../../cli/view/narrator.ts'

const LOGS = '/tmp/logs'
const here = relative(process.cwd(), LOGS)

test.each([
  [
    'a task of a service',
    'production demo-api: container api exited with code 1 (log: /demo/api, stream ecs/api/4f1c)',
    join(here, '/demo/api/ecs/api/4f1c.log'),
  ],
  [
    'a migration',
    'production migration: container migrate exited with code 1. The database may be half migrated; there is no backup. ' +
      'Its last lines: /demo/migrations, stream ecs/migrate/4f1c (https://eu-west-1.console.aws.amazon.com/cloudwatch)',
    join(here, '/demo/migrations/ecs/migrate/4f1c.log'),
  ],
  ['several streams', 'GET /health answered 500 (log: /demo/api, streams ecs/api/…)', join(here, '/demo/api')],
])('the log of %s is named as the file that it is here', (_, reason, file) => {
  expect(lookLines(reason, LOGS)).toEqual([`    log   ${file}`])
})

test('a reason that names no log leads to all of them', () => {
  expect(lookLines('the file names no image', LOGS)).toEqual([`    logs  ${here}`])
})
