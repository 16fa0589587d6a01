import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { story } from './rehearsed.ts'

const on = (name: string) => {
  const file = fileURLToPath(new URL(`../apps/${name}.yaml`, import.meta.url))
  return { file, application: validApplication(file) }
}

test('one deploys, one waits for it, and a third that comes ends both, which name it [P1.4d, P1.4e]', async () => {
  const { report, misses } = await story('three-at-the-gate')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 3, locks: 0, waits: 0, requests: { failed: 0 } })
})

test('three that queue are released in the order of their pushes, and nobody is asked before it is their turn [P1.4f]', async () => {
  const { report, misses } = await story('queued', on('demo-queue'))
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 3, rollbacks: 0, locks: 0, waits: 0 })
})

test('a push beside a release under way is refused, and starts nothing later [P1.4g]', async () => {
  const { report, misses } = await story('rejected-push', on('demo-one-at-a-time'))
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 1, locks: 0, waits: 0 })
})
