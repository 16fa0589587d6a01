import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { Outcome } from '../../domain/outcome.ts'
import type { World } from '../rehearsing/world.ts'
import type { Ears } from './ears.ts'

/** What a journey is played with. */
export interface Players {
  world: World
  ears: Ears
  /** From now on what is to go wrong goes wrong. */
  arm(): void
  /** Pushes a new version of every image. */
  push(tag?: 'v2' | 'v3' | 'v4'): void
  /** Waits until so many releases, one unless it is said, have begun, and nothing is under way any more. */
  untilOver(releases?: number): Promise<void>
}

export interface Journey {
  shows: string
  /** How it ends when nothing goes wrong. */
  outcome: Outcome
  /** Tag → how the release ends that is pushed before the last one, when nothing goes wrong. */
  earlier?: Readonly<Record<string, Outcome>>
  /** Whose end that is: the release's, or that of the rollback which a person started after it. */
  about: 'release' | 'rollback'
  /** What can go wrong in it and in no journey before it in this list: its states from where it leaves their way, and whom it has called. */
  steps: readonly string[]
  play(players: Players): Promise<void>
}

/** Whom events, queues and people call; `Pages` where somebody is asked. */
const TELLERS = ['TellSlack', 'TellPagerDuty']
const LISTENERS = ['Wake', 'CleanUp']

const WAY_UP = [
  'StartRelease',
  ...['PlanRelease', 'RequestApproval', 'LockStage', 'CheckPreconditions', 'BackUpDatabase', 'RunMigrations'],
  ...['DeployNewVersion', 'RunSmokeTests', 'ShiftTraffic', 'WatchAlarms'],
]
const WAY_BACK = [
  ...['TakeLease', 'StopDeployments', 'RestorePrevious', 'RestoreDatabase', 'VerifyDeployment', 'CloseStage'],
]

/** The ways that a release can go, each the same every time. */
export const JOURNEYS = {
  release: {
    shows: 'a good version is released',
    outcome: 'released',
    about: 'release',
    steps: [
      ...[...WAY_UP, 'CompleteDeployment', 'VerifyDeployment', 'CloseStage', 'CloseRelease'],
      ...['Pages', ...TELLERS, ...LISTENERS],
    ],
    async play({ arm, push, untilOver }) {
      arm()
      push()
      await untilOver()
    },
  },
  'automatic-rollback': {
    shows: 'an alarm rings once users have the new version: it goes back by itself',
    outcome: 'rolled-back',
    about: 'release',
    steps: ['WatchAlarms', ...WAY_BACK, 'CloseRelease', ...TELLERS, ...LISTENERS],
    async play({ world, ears, arm, push, untilOver }) {
      once(ears, 'WatchAlarms', () => ring(world))
      arm()
      push()
      await untilOver()
    },
  },
  'manual-rollback': {
    shows: 'a person wants the stage back while the new version is watched',
    outcome: 'rolled-back',
    about: 'release',
    steps: ['WatchAlarms', 'TakeLease', 'CloseStage', 'CloseRelease', ...LISTENERS],
    async play({ world, ears, arm, push, untilOver }) {
      once(ears, 'WatchAlarms', () => world.rehearsal.clock.sleep(MOMENT_MS).then(() => rollBack(world)))
      arm()
      push()
      await untilOver()
    },
  },
  'rollback-after': {
    shows: 'a person takes a released version back',
    outcome: 'rolled-back',
    about: 'rollback',
    steps: [...WAY_BACK, ...TELLERS, ...LISTENERS],
    async play({ world, arm, push, untilOver }) {
      push()
      await untilOver()
      arm()
      await rollBack(world)
      await untilOver()
    },
  },
  'lost-push': {
    shows: 'nobody hears of a push: it is found when somebody looks for images',
    outcome: 'released',
    about: 'release',
    steps: ['LookForImages'],
    async play({ ears, arm, push, untilOver }) {
      ears.delivered.unshift(event => (event['detail-type'] === 'ECR Image Action' ? 'drop' : undefined))
      arm()
      push()
      await untilOver()
    },
  },
  newer: {
    shows: 'a stage is held while newer versions come: the newest is released in the end',
    outcome: 'released',
    earlier: { v2: 'released', v3: 'superseded' },
    about: 'release',
    steps: ['StartRelease', 'RequestApproval', 'CloseStage', 'CloseRelease', 'Wake'],
    async play({ world, ears, arm, push, untilOver }) {
      once(ears, 'WatchAlarms', async () => {
        arm()
        push('v3')
        await world.rehearsal.clock.sleep(NEXT_MS)
        push('v4')
      })
      push('v2')
      await untilOver(3)
    },
  },
} as const satisfies Record<string, Journey>
export type JourneyName = keyof typeof JOURNEYS

/** A person acts upon what they see, and that takes a moment. */
const MOMENT_MS = 1_000
/** The one before waits for the stage by then. */
const NEXT_MS = 30_000

/** When that step is called for the first time, whatever becomes of the call. */
function once({ called }: Ears, step: string, happens: () => Promise<void>): void {
  let has = false
  called.unshift(call => {
    if (call.step === step && !has) {
      has = true
      void happens()
    }
    return undefined
  })
}

/** Nobody sends this metric, and that is taken for a breach. */
function ring({ application, rehearsal: { clock } }: World): Promise<void> {
  const [AlarmName] = application.stages.at(-1)?.watch?.alarms ?? []
  return clock.during('have an alarm ring', async () => {
    await new CloudWatchClient({}).send(
      new PutMetricAlarmCommand({
        ...{ AlarmName, Namespace: 'Shop', MetricName: 'Complaints', Statistic: 'Sum', Period: 60 },
        ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
        TreatMissingData: 'breaching',
      }),
    )
  })
}

function rollBack({ application: { app, stages }, installation, rehearsal: { clock } }: World): Promise<void> {
  const input = JSON.stringify({ app, stage: stages.at(-1)?.name, reason: 'customers cannot pay' })
  return clock.during('start a rollback', async () => {
    await new SFNClient({}).send(
      new StartExecutionCommand({ stateMachineArn: installation.rollbackMachine, input, name: 'by-a-person' }),
    )
  })
}
