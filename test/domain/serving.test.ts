import { describe, expect, test } from 'vitest'
import { compareServing, type RunningTask, type ServingFacts, type Verdict } from '../../domain/serving.ts'

const INDEX = 'sha256:index'
const CHILD = 'sha256:child'
const NEW = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/api:2'
const OLD = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/api:1'
const EXPECTED = { taskDefinition: NEW, digests: { api: [INDEX, CHILD] } }

const task = (id: string, change: Partial<RunningTask> = {}): RunningTask => ({
  arn: `arn:aws:ecs:eu-west-1:111122223333:task/demo/${id}`,
  taskDefinition: NEW,
  digests: { api: INDEX, sidecar: 'sha256:anything' },
  ...change,
})
/** Two tasks of the new revision run and it serves. */
const facts = (change: Partial<ServingFacts> = {}): ServingFacts => ({
  revision: { taskDefinition: NEW, digests: { api: INDEX } },
  desired: 2,
  running: [task('a'), task('b')],
  ...change,
})

describe('what a service runs', () => {
  test.each<[string, ServingFacts, Verdict]>([
    ['is proven when every task and the revision have the digest', facts(), { kind: 'proven', tasks: 2 }],
    [
      "is proven by the platform's digest as by the index's",
      facts({
        running: [task('a', { digests: { api: CHILD } }), task('b')],
        revision: { taskDefinition: NEW, digests: { api: CHILD } },
      }),
      { kind: 'proven', tasks: 2 },
    ],
    [
      'is proven for a service that is to have no task',
      facts({ desired: 0, running: [] }),
      { kind: 'proven', tasks: 0 },
    ],
    [
      'is not yet proven while a task of another revision runs, whatever its digest',
      facts({ running: [task('a'), task('b'), task('c', { taskDefinition: OLD })] }),
      { kind: 'not-yet', because: '1 of 3 running tasks are of another revision' },
    ],
    [
      'is not yet proven while tasks are missing',
      facts({ running: [task('a')] }),
      { kind: 'not-yet', because: '1 of 2 tasks run' },
    ],
    [
      'is not yet proven while another revision serves',
      facts({ revision: { taskDefinition: OLD, digests: { api: 'sha256:old' } } }),
      { kind: 'not-yet', because: 'the revision that serves is api:1, not api:2' },
    ],
    [
      'is wrong when a task of the right revision has another digest',
      facts({ running: [task('a'), task('b', { digests: { api: 'sha256:other' } })] }),
      { kind: 'wrong', because: 'task b runs api at sha256:other, not sha256:index' },
    ],
    [
      'is not yet proven while ECS has no digest of a task',
      facts({ running: [task('a', { digests: {} }), task('b')] }),
      { kind: 'not-yet', because: 'task a runs api without a digest' },
    ],
    [
      'is not yet proven while ECS has no digest of the serving revision',
      facts({ revision: { taskDefinition: NEW, digests: {} } }),
      { kind: 'not-yet', because: 'the revision that serves records api without a digest' },
    ],
    [
      'is wrong by one task, whatever is still to come of the others',
      facts({ running: [task('a', { digests: {} }), task('b', { digests: { api: 'sha256:other' } })] }),
      { kind: 'wrong', because: 'task b runs api at sha256:other, not sha256:index' },
    ],
    [
      'is wrong when the serving revision records another digest',
      facts({ revision: { taskDefinition: NEW, digests: { api: 'sha256:other' } } }),
      { kind: 'wrong', because: 'the revision that serves records api at sha256:other, not sha256:index' },
    ],
  ])('%s', (_, seen, verdict) => {
    expect(compareServing(EXPECTED, seen)).toEqual(verdict)
  })
})
