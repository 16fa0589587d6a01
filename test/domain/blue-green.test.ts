import { describe, expect, test } from 'vitest'
import { applicationSchema, type Stage } from '../../domain/application.ts'
import {
  type Goal,
  type GreenDecision,
  type GreenDeployment,
  hooksFor,
  isOneOf,
  isPauseAt,
  judgeGreen,
  PAUSES,
} from '../../domain/blue-green.ts'

const WITHIN = 900_000
const EARLY = { now: WITHIN - 1, since: 0, within: WITHIN }
const LATE = { now: WITHIN, since: 0, within: WITHIN }
const TOO_LATE = { now: 2 * WITHIN, since: 0, within: WITHIN }
const [TESTED, READY, SHIFTED] = PAUSES

const green = (change: Partial<GreenDeployment> = {}): GreenDeployment => ({
  arn: 'a',
  status: 'IN_PROGRESS',
  share: 0,
  awaiting: [],
  ...change,
})
const at = (lifecycleStage: string, ...awaiting: string[]) => green({ lifecycleStage, awaiting })

describe('a green on its way to a pause [P3.5a, P5.2d]', () => {
  test.each<[string, GreenDeployment | undefined, typeof EARLY, GreenDecision]>([
    ['that ECS does not show yet is waited for', undefined, LATE, { kind: 'waiting' }],
    [
      'that ECS never showed is given up',
      undefined,
      TOO_LATE,
      { kind: 'failed', because: 'has not ended within 30m (ECS shows none)' },
    ],
    ['is waited for while its tasks start', at('SCALE_UP'), EARLY, { kind: 'waiting' }],
    ['is waited for while older revisions are put in order', at('RECONCILE_SERVICE'), EARLY, { kind: 'waiting' }],
    ['is waited for at a stage of tomorrow', at('PRE_WARM', 'h'), EARLY, { kind: 'waiting' }],
    ["is waited for at a pause of its owners', which is theirs", at('POST_SCALE_UP', 'h'), EARLY, { kind: 'waiting' }],
    ['is waited for until the pause has begun', at(READY), EARLY, { kind: 'waiting' }],
    ['is there when the pause waits for an answer', at(READY, 'h'), EARLY, { kind: 'paused', hookIds: ['h'] }],
    ['is there though it is late', at(READY, 'h'), TOO_LATE, { kind: 'paused', hookIds: ['h'] }],
    ['names every pause that waits', at(READY, 'h', 'i'), EARLY, { kind: 'paused', hookIds: ['h', 'i'] }],
    ['has gone on where the pause was answered', at(READY, 'answered'), EARLY, { kind: 'waiting' }],
    ['is beyond it at the next stage', at('PRODUCTION_TRAFFIC_SHIFT'), EARLY, { kind: 'beyond' }],
    ['is beyond it at the next pause', at(SHIFTED, 'h'), EARLY, { kind: 'beyond' }],
    ['is beyond it though it is late', at('CLEAN_UP'), TOO_LATE, { kind: 'beyond' }],
    ['is beyond it at its end', green({ status: 'SUCCESSFUL' }), LATE, { kind: 'beyond' }],
    ['is stopped at its deadline', at('SCALE_UP'), LATE, { kind: 'stop' }],
    ['is stopped at its deadline in a status of tomorrow', green({ status: 'TOMORROW' }), LATE, { kind: 'stop' }],
    [
      'that goes on though it was stopped is given up',
      at('SCALE_UP'),
      TOO_LATE,
      { kind: 'failed', because: 'has not ended within 30m (IN_PROGRESS, SCALE_UP)' },
    ],
    [
      'that ECS takes back is not there, wherever it is',
      green({ status: 'ROLLBACK_IN_PROGRESS', lifecycleStage: READY, awaiting: ['h'], reason: 'Alarm.' }),
      EARLY,
      { kind: 'going-back', because: 'is being taken back by ECS: Alarm' },
    ],
    [
      'that was asked back goes back',
      green({ status: 'ROLLBACK_REQUESTED', lifecycleStage: 'CLEAN_UP' }),
      EARLY,
      { kind: 'going-back', because: 'is being taken back by ECS' },
    ],
    [
      'that does not come back is given up',
      green({ status: 'ROLLBACK_IN_PROGRESS', lifecycleStage: READY }),
      TOO_LATE,
      { kind: 'failed', because: 'has not ended within 30m (ROLLBACK_IN_PROGRESS, PRE_PRODUCTION_TRAFFIC_SHIFT)' },
    ],
    [
      'that was taken back failed, with the reason',
      green({ status: 'ROLLBACK_SUCCESSFUL', reason: 'Hook timed out.' }),
      EARLY,
      { kind: 'failed', because: 'was taken back by ECS: Hook timed out' },
    ],
    [
      'that ECS took back when it was late, though nobody had asked, failed for the reason that ECS names',
      green({ status: 'ROLLBACK_SUCCESSFUL', reason: 'Alarm of its owners.' }),
      LATE,
      { kind: 'failed', because: 'was taken back by ECS: Alarm of its owners' },
    ],
    [
      'that Sluice had stopped since it was late says so',
      green({ status: 'ROLLBACK_SUCCESSFUL', isLate: true }),
      LATE,
      { kind: 'failed', because: 'was not ready within 15m and was taken back' },
    ],
    [
      'whose way back failed says both',
      green({ status: 'ROLLBACK_FAILED' }),
      EARLY,
      { kind: 'failed', because: "failed, and so did ECS's own rollback" },
    ],
    ['that somebody stopped says so', green({ status: 'STOPPED' }), EARLY, { kind: 'failed', because: 'was stopped' }],
  ])('%s', (_, deployment, time, decision) => {
    expect(judgeGreen(deployment, READY, ['answered'], time)).toEqual(decision)
  })
})

describe('a green on its way to its end', () => {
  test.each<[string, GreenDeployment, typeof EARLY, GreenDecision['kind']]>([
    ['is not there while it waits at the last pause', at(SHIFTED, 'h'), EARLY, 'waiting'],
    ['is not there while it bakes', at('BAKE_TIME'), EARLY, 'waiting'],
    ['is not there while blue goes', at('CLEAN_UP'), EARLY, 'waiting'],
    ['is late while blue does not go', at('CLEAN_UP'), LATE, 'stop'],
    ['is there when ECS calls it successful', green({ status: 'SUCCESSFUL' }), LATE, 'beyond'],
  ])('%s', (_, deployment, time, kind) => {
    expect(judgeGreen(deployment, 'SUCCESSFUL', [], time).kind).toBe(kind)
  })
})

test('a green is not beyond a pause that comes later', () => {
  const order: Goal[] = [...PAUSES]
  expect(order.map(goal => judgeGreen(at(READY, 'h'), goal, [], EARLY).kind)).toEqual(['beyond', 'paused', 'waiting'])
  expect(judgeGreen(at(TESTED), SHIFTED, [], EARLY).kind).toBe('waiting')
})

const MINUTE = 60_000
/** A stage of services `a`, `b`, … with these strategies, and what else it says. */
function stageOf(strategies: ('blue-green' | 'rolling')[], more: object = {}): Stage {
  const services = strategies.map((strategy, n) => ({
    service: 'abcdefghij'[n],
    container: 'app',
    image: 'app',
    strategy,
  }))
  const [stage] = applicationSchema.parse({
    app: 'shop',
    images: { app: 'app' },
    trigger: { tags: '.' },
    stages: [{ name: 'production', cluster: 'shop', services, ...more }],
  }).stages
  if (!stage) throw new Error('the file has no stage')
  return stage
}

describe('a pause lasts as long as all that may happen before its answer [P5.3g]', () => {
  const watch = { for: '30m', alarms: ['slow'], extend: '20m' }
  const deploy = { within: '10m' }
  const groups = [['a'], ['b', 'c'], ['d']]
  const mixed = ['blue-green', 'rolling', 'blue-green', 'rolling'] as const
  /** In minutes, in the order of the pauses; each with a margin of 15. */
  test.each<[string, Stage, [number, number, number]]>([
    [
      'one green: its smoke tests, its shift, and no watch',
      stageOf(['blue-green'], { deploy }),
      [10 + 5 + 15, 10 + 10 + 15, 10 + 15],
    ],
    ['its watch, as long as it may be', stageOf(['blue-green'], { deploy, watch }), [30, 35, 10 + 50 + 15]],
    ['rolling services beside it, at once', stageOf([...mixed], { deploy }), [10 + 10 + 5 + 15, 35, 25]],
    [
      'and those of each group after one another',
      stageOf([...mixed], { deploy, groups }),
      [10 + 2 * 10 + 5 + 15, 10 + 2 * 10 + 15, 2 * 10 + 15],
    ],
    ['as it stands in a file that says nothing of it', stageOf(['blue-green']), [35, 45, 30]],
  ])('%s', (_, stage, minutes) => {
    expect(hooksFor(stage).map(hook => hook.timeoutConfiguration.timeoutInMinutes)).toEqual(minutes)
  })

  test('and takes the deployment back where nobody answers it [P5.2c]', () => {
    expect(hooksFor(stageOf(['blue-green'])).map(hook => hook.timeoutConfiguration.action)).toEqual(
      PAUSES.map(() => 'ROLLBACK'),
    )
  })

  test('in whole minutes, of which ECS takes 20160', () => {
    const services = Array.from('abcdefghij', (_, n) => (n < 5 ? 'blue-green' : 'rolling'))
    const alone = Array.from('abcdefghij', name => [name])
    const longest = { for: '12h', alarms: ['slow'], extend: '12h' }
    const odd = hooksFor(stageOf(['blue-green'], { deploy: { within: '61s' } }))
    // More than one history has events for, so that no file says it.
    const deploy = { within: 12 * 60 * MINUTE }
    const all = hooksFor({ ...stageOf(services, { groups: alone, watch: longest }), deploy })
    for (const { timeoutConfiguration } of [...odd, ...all]) {
      expect(timeoutConfiguration.timeoutInMinutes % 1).toBe(0)
      expect(timeoutConfiguration.timeoutInMinutes * MINUTE).toBeLessThanOrEqual(20_160 * MINUTE)
    }
  })
})

describe('a pause of a service [P5.6a]', () => {
  const ours = hooksFor(stageOf(['blue-green']))
  const [first] = ours
  const timeout = { timeoutInMinutes: 35, action: 'ROLLBACK' }
  test.each<[string, Parameters<typeof isOneOf>[1], boolean]>([
    ['is ours when it is exactly like ours', { ...first }, true],
    [
      'is not ours with another time-out',
      { ...first, timeoutConfiguration: { ...timeout, timeoutInMinutes: 36 } },
      false,
    ],
    [
      'is not ours with another end of it',
      { ...first, timeoutConfiguration: { ...timeout, action: 'CONTINUE' } },
      false,
    ],
    ['is not ours without a time-out', { targetType: 'PAUSE', lifecycleStages: [TESTED] }, false],
    ['is not ours at another stage', { ...first, lifecycleStages: ['POST_SCALE_UP'] }, false],
    ['is not ours at a further stage, too', { ...first, lifecycleStages: [TESTED, 'POST_SCALE_UP'] }, false],
    ["is not ours when it asks a function, which owners' hooks do", { ...first, targetType: 'AWS_LAMBDA' }, false],
    ['is not ours when nothing is said of it', {}, false],
  ])('%s', (_, hook, expected) => {
    expect(isOneOf(ours, hook)).toBe(expected)
  })

  test('is there wherever it stops a deployment, whatever else it stops', () => {
    const both = { targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP', READY] }
    expect(PAUSES.map(pause => isPauseAt(both, pause))).toEqual([false, true, false])
    expect(isPauseAt({ ...both, targetType: 'AWS_LAMBDA' }, READY)).toBe(false)
  })
})
