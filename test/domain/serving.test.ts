import { describe, expect, test } from 'vitest'
import {
  compareServing,
  compareTraffic,
  type RuleTraffic,
  type RunningTask,
  type ServingFacts,
  type Verdict,
} from '../../domain/serving.ts'

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

describe('what a service runs [P5.5a, P5.5b]', () => {
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

describe('where users are sent [P5.5c]', () => {
  const group = (name: string) => `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/${name}/0123`
  const rule = (blue: number, green: number, change: Partial<RuleTraffic> = {}): RuleTraffic => ({
    rule: 'users',
    weights: [
      { targetGroup: group('blue'), weight: blue },
      { targetGroup: group('green'), weight: green },
    ],
    serves: [group('green')],
    ...change,
  })
  const notAll = 'not all to green, where the revision that serves is'
  test.each<[string, RuleTraffic[], string | undefined]>([
    ['is nowhere by a service without rules', [], undefined],
    ['is where the revision is that serves', [rule(0, 100)], undefined],
    ['is there by whatever weight', [rule(0, 1)], undefined],
    [
      'is there where the rule names nothing else',
      [rule(0, 0, { weights: [{ targetGroup: group('green'), weight: 1 }] })],
      undefined,
    ],
    ['is elsewhere, too', [rule(20, 80)], `rule users sends 20 to blue, 80 to green, ${notAll}`],
    ['is elsewhere altogether', [rule(100, 0)], `rule users sends 100 to blue, 0 to green, ${notAll}`],
    ['is nowhere', [rule(0, 0)], `rule users sends 0 to blue, 0 to green, ${notAll}`],
    ['is nowhere where the rule is gone', [rule(0, 0, { weights: [] })], `rule users sends nobody anywhere, ${notAll}`],
    [
      'is elsewhere by the second rule',
      [rule(0, 1), rule(1, 0, { rule: 'partners' })],
      `rule partners sends 1 to blue, 0 to green, ${notAll}`,
    ],
    ['is in one place, where ECS has not recorded which', [rule(100, 0, { serves: [] })], undefined],
    [
      'is in one of two places, while the same is deployed once more',
      [rule(100, 0, { serves: [group('blue'), group('green')] })],
      undefined,
    ],
    [
      'is not in one place, wherever the revision is',
      [rule(50, 50, { serves: [] })],
      'rule users sends 50 to blue, 50 to green, not all to one target group',
    ],
  ])('%s', (_, rules, because) => {
    expect(compareTraffic(rules)).toEqual(because === undefined ? undefined : { kind: 'not-yet', because })
  })
})
