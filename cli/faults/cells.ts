import {
  ALL_EVENTS,
  API_KINDS,
  EVENT_KINDS,
  EVENTS,
  type Fault,
  nameOf,
  operations,
  STEP_KINDS,
  whyImpossible,
} from './catalogue.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import type { Cell } from './play.ts'

/** Event → the journeys in which the services announce it to the stack otherwise than in those before. */
const ANNOUNCED: Readonly<Partial<Record<(typeof EVENTS)[number], readonly JourneyName[]>>> = {
  'ECR Image Action': ['release', 'newer'],
  'ECS Deployment State Change': ['release', 'automatic-rollback', 'rollback-after'],
  'ECS Hook State Change': ['release'],
  'ECS Task State Change': ['release', 'automatic-rollback', 'rollback-after'],
  'RDS DB Instance Event': ['release'],
  'RDS DB Snapshot Event': ['release'],
  'CloudWatch Alarm State Change': ['automatic-rollback'],
  'Step Functions Execution Status Change': ['release', 'automatic-rollback', 'manual-rollback', 'rollback-after'],
  'Lock Freed': ['release', 'manual-rollback', 'rollback-after', 'newer'],
  'Release Arrived': ['newer'],
  'Decision Made': ['release'],
  'Rollback Requested': ['manual-rollback'],
  'Rollback Ended': ['automatic-rollback', 'manual-rollback', 'rollback-after'],
}

/** Event → the journeys in which it is told once, if at all: none of it comes after the next. */
const TOLD_ONCE: Readonly<Partial<Record<(typeof EVENTS)[number], readonly JourneyName[]>>> = {
  'ECR Image Action': ['release'],
  'CloudWatch Alarm State Change': ['automatic-rollback'],
  'Step Functions Execution Status Change': ['release', 'rollback-after'],
  'Lock Freed': ['release', 'manual-rollback', 'rollback-after', 'newer'],
  'Decision Made': ['release'],
  'Rollback Requested': ['manual-rollback'],
  'Rollback Ended': ['automatic-rollback', 'manual-rollback', 'rollback-after'],
}

/**
 * Every step that a journey runs, every event and every operation, with each kind of what can go wrong there; what cannot
 * happen in a journey is no cell of it.
 */
export function allCells(): Cell[] {
  return (Object.keys(JOURNEYS) as JourneyName[]).flatMap(journey =>
    [...stepFaults(journey), ...eventFaults(journey), ...apiFaults(journey)].map(fault => ({
      journey,
      faults: [fault],
    })),
  )
}

function stepFaults(name: JourneyName): Fault[] {
  return faultsOf('step', JOURNEYS[name].steps, STEP_KINDS).filter(fault => canFire(name, fault))
}

function eventFaults(journey: JourneyName): Fault[] {
  const announced = EVENTS.filter(event => ANNOUNCED[event]?.includes(journey))
  const { reorder, ...kinds } = EVENT_KINDS
  const again = announced.filter(event => !TOLD_ONCE[event]?.includes(journey))
  const all = announced.length > 0 ? [ALL_EVENTS] : []
  return [
    ...faultsOf('event', announced, kinds),
    ...faultsOf('event', again, { reorder }),
    ...faultsOf('event', all, { drop: '' }),
  ]
}

/** Once, in the journey that asks for most: that each step is throttled and loses answers is in the cells of the steps. */
function apiFaults(journey: JourneyName): Fault[] {
  const { 'internal-error': broken, fail } = API_KINDS
  const asked = operations('reads', 'changes').filter(name => journeyOf(name) === journey)
  return faultsOf('api', asked, { 'internal-error': broken, fail })
}

/** What is done after a release alone, or where a push was found, is asked for in no other journey. */
const ASKED_IN: Readonly<Record<string, JourneyName>> = {
  'cloudfront:CreateInvalidation': 'release',
  'sqs:SendMessage': 'lost-push',
}
const journeyOf = (operation: string): JourneyName => ASKED_IN[operation] ?? 'automatic-rollback'

function faultsOf(of: Fault['of'], names: readonly string[], kinds: object): Fault[] {
  return names.flatMap(name =>
    Object.keys(kinds)
      .filter(kind => whyImpossible(of, name, kind) === undefined)
      // Its kind is one of those of what it is.
      .map(kind => ({ of, name, kind }) as Fault),
  )
}

/** What happens in no journey of that kind: with nobody stopped nothing is cleaned up, and after its end a release is not under way. */
function canFire(journey: JourneyName, { name, kind }: Fault): boolean {
  if (name === 'CleanUp') return kind !== 'lose-answer'
  const isUnderWay = journey !== 'rollback-after'
  return isUnderWay || kind !== 'arrive-late' || (name !== 'CloseStage' && name !== 'StopDeployments')
}

export const cellName = ({ journey, faults }: Cell): string => `${journey} ${faults.map(nameOf).join(' ')}`
