import { expect, test } from 'vitest'
import { probeOf } from '../../../rehearsal/aws/ecs/probe.ts'
import { backOffMs, breakerThreshold, nextMoves, type Scheduled } from '../../../rehearsal/aws/ecs/rolling.ts'

const KINDS = {
  n: { primary: true, healthy: false, wasHealthy: false, unhealthy: false },
  N: { primary: true, healthy: true, wasHealthy: true, unhealthy: false },
  o: { primary: false, healthy: false, wasHealthy: false, unhealthy: false },
  O: { primary: false, healthy: true, wasHealthy: true, unhealthy: false },
  x: { primary: true, healthy: false, wasHealthy: false, unhealthy: true },
  X: { primary: true, healthy: false, wasHealthy: true, unhealthy: true },
}

/** `n`ew or `o`ld tasks, capital when healthy; `x` has failed its checks, `X` did so after it had served. */
function tasksOf(letters: string): Scheduled<string>[] {
  return [...letters].map((letter, at) => ({ task: `${letter}${at}`, ...KINDS[letter as keyof typeof KINDS] }))
}

test.each<[what: string, tasks: string, percents: [number, number], desired: number, start: number, stop: string]>([
  ['a first deployment starts all', '', [100, 200], 2, 2, ''],
  ['new tasks come first', 'OO', [100, 200], 2, 2, ''],
  ['nothing is stopped while new tasks start', 'OOnn', [100, 200], 2, 0, ''],
  ['one new healthy task frees one old', 'OONn', [100, 200], 2, 0, 'O'],
  ['all new healthy free all old', 'OONN', [100, 200], 2, 0, 'OO'],
  ['half at a time without room for more', 'OOOO', [50, 100], 4, 2, 'OO'],
  ['and no fewer than half', 'OOnn', [50, 100], 4, 0, ''],
  ['and the other half when they serve', 'OONN', [50, 100], 4, 2, 'OO'],
  ['old tasks that do not serve go at once', 'Oo', [100, 200], 1, 1, 'o'],
  ['with 150 percent one at a time', 'OO', [100, 150], 2, 1, ''],
  ['fewer are wanted', 'NNN', [100, 200], 1, 0, 'NN'],
  ['none is wanted', 'NN', [100, 200], 0, 0, 'NN'],
  ['a task that never served is replaced at once', 'OOx', [100, 200], 2, 2, 'x'],
  ['a task that served is replaced first', 'NX', [100, 200], 2, 1, ''],
  ['and stopped when its replacement serves', 'NNX', [100, 200], 2, 0, 'X'],
  ['or when there is no room', 'NX', [50, 100], 2, 1, 'X'],
  ['a single task is stopped first with 0 and 100 percent', 'O', [0, 100], 1, 1, 'O'],
])('%s', (_, letters, [minimumHealthyPercent, maximumPercent], desired, start, stop) => {
  const bounds = { desired, configuration: { minimumHealthyPercent, maximumPercent }, startNothing: false }
  const moves = nextMoves(tasksOf(letters), bounds)
  expect([moves.start, moves.stop.map(task => task[0]).join('')]).toEqual([start, stop])
})

test('while nothing may start, nothing that serves is stopped', () => {
  const bounds = { desired: 2, configuration: { minimumHealthyPercent: 50, maximumPercent: 100 }, startNothing: true }
  expect(nextMoves(tasksOf('OOo'), bounds)).toEqual({ start: 0, stop: [] })
})

test.each([
  [1, undefined, 3],
  [25, undefined, 13],
  [400, undefined, 200],
  [800, undefined, 200],
  [10, { type: 'BOUNDED_PERCENT', value: 100 }, 10],
  [2, { type: 'UNBOUNDED_PERCENT', value: 50 }, 1],
  [800, { type: 'UNBOUNDED_PERCENT', value: 50 }, 400],
  [800, { type: 'COUNT', value: 7 }, 7],
] as const)(
  'with %i tasks and the threshold %j the circuit breaker bears %i failures',
  (desired, thresholdConfiguration, threshold) => {
    const deploymentCircuitBreaker = {
      enable: true,
      rollback: true,
      ...(thresholdConfiguration && { thresholdConfiguration }),
    }
    expect(breakerThreshold(desired, { deploymentCircuitBreaker })).toBe(threshold)
  },
)

test('the back-off grows from nothing to 27 minutes', () => {
  expect([1, 2, 3, 4, 5, 99].map(backOffMs)).toEqual([0, 0, 15_000, 30_000, 60_000, 27 * 60_000])
})

test.each([
  [
    ['CMD-SHELL', 'curl -f http://localhost:3000/health || exit 1'],
    { port: 3000, path: '/health', acceptsErrors: false },
  ],
  [['CMD-SHELL', 'curl -fsS "http://127.0.0.1:80/a?b=c"'], { port: 80, path: '/a?b=c', acceptsErrors: false }],
  [['CMD', 'curl', '--fail', 'http://localhost/'], { port: 80, path: '/', acceptsErrors: false }],
  [['CMD-SHELL', 'curl http://localhost:8080'], { port: 8080, path: '/', acceptsErrors: true }],
  [
    ['CMD-SHELL', 'wget --no-verbose --tries=1 --spider http://localhost:3000/health || exit 1'],
    { port: 3000, path: '/health', acceptsErrors: false },
  ],
])('the health check %j is the probe %j', (command, probe) => {
  expect(probeOf({ command })).toEqual(probe)
})

test.each([
  [['CMD-SHELL', 'node check.js']],
  [['CMD-SHELL', 'curl -f http://localhost/ | grep ok']],
  [['CMD-SHELL', 'curl -f http://elsewhere.test/']],
  [['NONE']],
])('the health check %j is refused by name', command => {
  expect(() => probeOf({ command })).toThrow(/health check command .* is not part of this rehearsal/)
})
