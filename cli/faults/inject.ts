import type { Rehearsal } from '../../rehearsal/index.ts'
import { ALL_EVENTS, type ApiKind, type EventKind, type Fault, operations, STEPS, type StepKind } from './catalogue.ts'
import { type Ears, stepOf } from './ears.ts'
import type { Executions } from './executions.ts'

/** A fault that waits for its moment, or has had it. */
export interface Injected {
  fault: Fault
  /** How often all of it has happened. */
  fired(): number
  /** Whether enough of it has happened to decide how the release ends. */
  counts(): boolean
  /** When it has lost events, ms. */
  lostAt(): readonly number[]
}

export interface Stage {
  rehearsal: Rehearsal
  ears: Ears
  executions: Executions
}

/** As often as the SDK tries. */
const TRIES = 3
/** Longer than every heartbeat but that of an approval. */
const LATE_MS = 6 * 60_000
/** A function has that much time left when what hung goes on. */
const LEFT_MS = 10_000
const OUTLIVED_AFTER_MS = 1_000

/** From now on, until the rehearsal ends. */
export function inject(stage: Stage, fault: Fault): Injected {
  const happening = begin(stage, fault)
  return { fault, counts: () => happening.fired() > 0, lostAt: () => [], ...happening }
}

type Happening = Pick<Injected, 'fired'> & Partial<Injected>

function begin(stage: Stage, fault: Fault): Happening {
  switch (fault.of) {
    case 'step':
      return inStep(stage, fault.name, fault.kind)
    case 'api':
      return inApi(stage, fault.name, fault.kind)
    case 'event':
      return inEvents(stage, fault.name, fault.kind)
  }
}

function inStep(stage: Stage, step: string, kind: StepKind): Happening {
  switch (kind) {
    case 'throttle':
    case 'internal-error':
      return inCalls(stage, step, kind, TRIES)
    case 'stop':
      return stopped(stage, step)
    case 'outlive':
      return outlived(stage, step, operations('changes'))
    case 'arrive-late':
      return outlived(stage, step, [STEPS[step]?.changes ?? ''])
    case 'api-throttle':
      return onRequests(stage, step, operations('reads', 'changes'), 'throttle', TRIES)
    case 'lose-answer':
      return onRequests(stage, step, operations('changes'), 'lose-answer', 1)
    case 'fail':
      return refused(stage, step)
    default:
      return inCalls(stage, step, kind, 1)
  }
}

function inCalls({ ears }: Stage, step: string, kind: CallFault, times: number): Happening {
  let fired = 0
  ears.called.push(call => {
    if (call.step !== step || fired >= times) return undefined
    fired += 1
    return kind
  })
  return { fired: () => fired }
}

type CallFault = NonNullable<ReturnType<Ears['called'][number]>>
type Does = Parameters<Rehearsal['faults']['add']>[0]['does']

/** Each of these operations goes wrong so often, by itself. */
function onRequests({ rehearsal }: Stage, step: string, names: string[], does: Does, times: number): Happening {
  const role = roleOf(rehearsal, step)
  const planned = names.map(name => {
    const [service = '', operation = ''] = name.split(':')
    return rehearsal.faults.add({ service, operation, principal: principal => principal === role, does, times })
  })
  return { fired: () => planned.reduce((sum, { fired }) => sum + fired(), 0) }
}

function refused({ rehearsal }: Stage, step: string): Happening {
  const role = roleOf(rehearsal, step)
  return rehearsal.faults.add({
    service: STEPS[step]?.worksOn ?? 'ecs',
    principal: principal => principal === role,
    does: denied(role),
    times: Number.POSITIVE_INFINITY,
  })
}

const denied = (who: string) => ({
  fail: 'AccessDeniedException',
  message: `User: ${who} is not authorized to perform this action`,
})

function stopped({ ears, executions }: Stage, step: string): Happening {
  let hasStopped: (() => boolean) | undefined
  ears.called.push(call => {
    const execution = call.step === step && !hasStopped ? executions.thatCalls(call) : undefined
    if (execution !== undefined) hasStopped = executions.stop(execution)
    return undefined
  })
  return { fired: () => (hasStopped?.() ? 1 : 0) }
}

/**
 * The execution is stopped a moment after the first of these has been sent, which arrives when hardly any time is left. What
 * was stopped may end as such, though nothing arrived after it.
 */
function outlived({ rehearsal, ears, executions }: Stage, step: string, names: string[]): Happening {
  const role = roleOf(rehearsal, step)
  let caller: string | undefined
  ears.called.push(call => {
    if (call.step === step) caller = executions.thatCalls(call) ?? caller
    return undefined
  })
  const stallMs = rehearsal.lambda.timeoutOf(functionOf(rehearsal, step)) * 1000 - LEFT_MS
  let isStalled = false
  let hasStopped = () => false
  let arrived = 0
  const isMet = (principal: string) => {
    if (principal !== role || isStalled || caller === undefined) return false
    isStalled = true
    const execution = caller
    rehearsal.clock.timer(OUTLIVED_AFTER_MS, () => {
      hasStopped = executions.stop(execution)
    })
    return true
  }
  const arrives = () => {
    if (hasStopped()) arrived += 1
  }
  for (const name of names) {
    const [service = '', operation = ''] = name.split(':')
    rehearsal.faults.add({ service, operation, does: { stallMs, arrives }, principal: isMet })
  }
  return { fired: () => arrived, counts: () => hasStopped() }
}

/** Whoever starts releases; where he is refused nothing begins that could go wrong. */
const BEGINS = 'SluiceStartReleaseRole'

function inApi({ rehearsal }: Stage, name: string, kind: ApiKind): Happening {
  const [service = '', operation = ''] = name.split(':')
  const times = { throttle: TRIES, 'internal-error': TRIES, 'lose-answer': 1, fail: Number.POSITIVE_INFINITY }
  return rehearsal.faults.add({
    ...{ service, operation, times: times[kind] },
    does: kind === 'fail' ? denied('a role of the stack') : kind,
    principal: principal => principal.includes(':role/') && (kind !== 'fail' || !principal.includes(BEGINS)),
  })
}

/** The clock itself loses nothing. */
function inEvents({ ears, rehearsal: { clock } }: Stage, name: string, kind: EventKind): Happening {
  const at: number[] = []
  const happens = () => void at.push(clock.now())
  ears.delivered.push(event => {
    const isMeant = name === ALL_EVENTS ? event.source !== 'aws.events' : event['detail-type'] === name
    if (!isMeant) return undefined
    // One that waits for its next has not come late, unless the next comes.
    if (kind === 'reorder') return { behindNext: happens }
    happens()
    return kind === 'delay' ? { delayMs: LATE_MS } : kind
  })
  return { fired: () => at.length, lostAt: () => (kind === 'drop' ? at : []) }
}

function roleOf({ stack }: Rehearsal, step: string): string {
  return only(
    step,
    'role',
    [...stack.roles.values()].filter(({ name }) => name.includes(`Sluice${step}Role`)).map(({ arn }) => arn),
  )
}

function functionOf({ stack }: Rehearsal, step: string): string {
  const names = Object.values(stack.resources).filter(reference => stepOf(reference) === step)
  return only(step, 'function', [...new Set(names)])
}

function only(step: string, what: string, found: string[]): string {
  const [one, ...others] = found
  if (one === undefined || others.length > 0)
    throw new Error(`the stack has ${found.length} ${what}s for ${step}, not one`)
  return one
}
