import type { Outcome } from '../../domain/outcome.ts'
import { ALL_EVENTS, deniesEcs, type Fault, STEPS, stopsExecutions } from './catalogue.ts'
import type { Evidence } from './evidence.ts'
import { JOURNEYS, type Journey, type JourneyName } from './journeys.ts'

/** `none`: what the journey is about has never begun. */
export type End = Outcome | 'none'

type Ended = Pick<Evidence, 'ledger' | 'rollbacks' | 'pushes'>

/** How it ended, of which a journey is about. */
export function outcomeOf({ ledger, rollbacks, pushes }: Ended, journey: JourneyName): End {
  const newest = ledger.find(({ tag }) => tag === pushes.at(-1))
  return (JOURNEYS[journey].about === 'rollback' ? rollbacks.at(-1) : newest?.outcome) ?? 'none'
}

/** Where that, or the end of a release that was pushed before it, is otherwise than may be. */
export function unexpectedIn(
  journey: JourneyName,
  ended: Ended,
  happened: readonly Fault[],
): { name: 'outcome'; because: string }[] {
  const { pushes, ledger } = ended
  return pushes.flatMap(tag => {
    const entry = ledger.find(each => each.tag === tag)
    const isNewest = tag === pushes.at(-1)
    const outcome = isNewest ? outcomeOf(ended, journey) : (entry?.outcome ?? 'none')
    const ends = isNewest
      ? allowed(journey, pushes.length > 1 ? thatMet(entry, happened) : happened)
      : earlierEnds(journey, tag, thatMet(entry, happened))
    const because = `${tag}: ${outcome}, not ${ends.join(' or ')}`
    return ends.some(end => end === outcome) ? [] : [{ name: 'outcome' as const, because }]
  })
}

/** Of several releases one may end as stopped only where its own execution was. */
function thatMet(entry: Ended['ledger'][number] | undefined, happened: readonly Fault[]): readonly Fault[] {
  return entry?.status === 'ABORTED' ? happened : happened.filter(fault => !stopsExecutions(fault))
}

/** Whoever would give way does not where the next one comes late, and where a push is lost only the newest is found. */
function earlierEnds(journey: JourneyName, tag: string, happened: readonly Fault[]): End[] {
  const { outcome, earlier }: Journey = JOURNEYS[journey]
  const own = earlier?.[tag] ?? 'none'
  const isHeldUp = happened.some(({ name }) => HOLDS_UP_PUSHES.has(name))
  const isLost = happened.some(({ name, kind }) => HOLDS_UP_PUSHES.has(name) && kind === 'drop')
  return [
    ...allowed(journey, happened).map(end => (end === outcome ? own : end)),
    ...(own === 'superseded' && isHeldUp ? (['released'] as const) : []),
    ...(own === 'superseded' && isLost ? (['none'] as const) : []),
  ]
}

const HOLDS_UP_PUSHES: ReadonlySet<string> = new Set(['StartRelease', 'ECR Image Action', ALL_EVENTS])

/**
 * How a journey may end when all this has happened: as any of it may end it, and as usual only where nothing of it stands
 * against that.
 */
export function allowed(journey: JourneyName, happened: readonly Fault[]): End[] {
  const usual = JOURNEYS[journey].outcome
  const ends = happened.map(fault => endsBy(journey, fault))
  const isUsual = ends.every(each => each.includes(usual))
  const stops = happened.filter(stopsExecutions).length
  return [
    ...new Set([
      ...(isUsual ? [usual] : []),
      ...ends.flat().filter(end => end !== usual),
      // The second may meet the way back that the first has led to, or ECS refuses that something: then nothing is proven.
      ...(stops > 1 || (stops > 0 && happened.some(fault => fault.of === 'api' && deniesEcs(fault)))
        ? (['rollback-failed'] as const)
        : []),
    ]),
  ]
}

/** What is tried again makes no difference, what is stopped is taken back, and what is refused for good ends where it was refused. */
function endsBy(journey: JourneyName, fault: Fault): End[] {
  const usual = JOURNEYS[journey].outcome
  if (fault.kind === 'fail') return [(fault.of === 'api' ? withoutApi : withoutStep)(journey, fault.name)]
  if (!stopsExecutions(fault)) return [usual]
  if (fault.name === 'TakeLease') return [usual, 'aborted', ...UNASKED[journey]]
  return isLast(fault.name) || isWayBack(journey, fault.name) || isWanted(journey, fault.name)
    ? [usual, 'aborted']
    : ['aborted']
}

/** How it ends where a rollback was stopped before it had asked for the stage: nobody has asked for anything. */
const UNASKED: Record<JourneyName, End[]> = {
  release: [],
  'automatic-rollback': [],
  'manual-rollback': ['released'],
  'rollback-after': ['none'],
  'lost-push': [],
  newer: [],
}

/** What was seen to serve stays, though its execution is stopped. */
const isLast = (step: string) => step === 'CloseStage' || step === 'CloseRelease'

/** A person has asked for the stage at the same moment. */
const isWanted = (journey: JourneyName, step: string) => journey === 'manual-rollback' && step === 'WatchAlarms'

const isWayBack = (journey: JourneyName, step: string) =>
  JOURNEYS[journey].outcome === 'rolled-back' && STEPS[step]?.machines.includes('rollback') === true

/** P8: what has changed no service yet has failed; of what a way back cannot do, or nobody can see, nothing is proven. */
function withoutStep(journey: JourneyName, step: string): End {
  if (step === 'CloseStage') return JOURNEYS[journey].outcome
  if (step === 'VerifyDeployment' || isWayBack(journey, step)) return 'rollback-failed'
  return CHANGES_NOTHING_YET.has(step) ? 'failed' : 'rolled-back'
}

/** `DeployNewVersion` is refused before its first change, and a service that it has begun to change no step of the way up gives back. */
const CHANGES_NOTHING_YET = new Set(['CheckPreconditions', 'BackUpDatabase', 'RunMigrations', 'DeployNewVersion'])

/** How a release ends that goes back by itself, when an operation is refused to all who ask for it. */
const WITHOUT: readonly { outcome: Outcome | 'usual'; operations: readonly string[] }[] = [
  {
    // Asked for before any service changes, and needed.
    outcome: 'failed',
    operations: [
      ...['ecs:DescribeServices', 'ecs:DescribeServiceRevisions', 'ecs:ListServiceDeployments'],
      ...['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions', 'ecs:RegisterTaskDefinition', 'ecs:TagResource'],
      ...['ecs:RunTask', 'ecs:UpdateService', 'rds:DescribeDBSnapshots', 'rds:DescribeAccountAttributes'],
      ...['rds:CreateDBSnapshot', 'ecr:BatchGetImage', 'ecr:DescribeImages', 'monitoring:DescribeAlarms'],
      ...['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules'],
      'elasticloadbalancing:DescribeTargetHealth',
    ],
  },
  {
    // Asked for when services have begun to change, and by the way back only where there is something to do.
    outcome: 'rolled-back',
    operations: [
      'ecs:ContinueServiceDeployment',
      'elasticloadbalancing:DescribeTargetGroups',
      'monitoring:GetMetricData',
    ],
  },
  {
    // The way back needs it, too.
    outcome: 'rollback-failed',
    operations: ['ecs:DescribeServiceDeployments', 'ecs:ListTasks', 'ecs:DescribeTasks', 'ecs:StopServiceDeployment'],
  },
  {
    // For people to read, to tidy up, or once all is over.
    outcome: 'usual',
    operations: ['ecr:GetDownloadUrlForLayer', 'ecs:DeregisterTaskDefinition', 'cloudfront:CreateInvalidation'],
  },
]

function withoutApi(journey: JourneyName, operation: string): End {
  const found = WITHOUT.find(({ operations }) => operations.includes(operation))
  if (!found) throw new Error(`nobody has said how a release ends without ${operation}`)
  return found.outcome === 'usual' ? JOURNEYS[journey].outcome : found.outcome
}
