import type { Rehearsal } from '../../rehearsal/index.ts'

type LambdaFault = ReturnType<Rehearsal['lambda']['faults']>
type Announced = Parameters<Rehearsal['events']['faults']>[0]
type Fate = ReturnType<Rehearsal['events']['faults']>

/** A call of a function of the stack that is about to begin. */
export interface Call {
  /** Name of its construct. */
  step: string
  payload: unknown
}

/** Who is asked before anything is called or delivered, and may have it go wrong; the first word counts. */
export interface Ears {
  called: ((call: Call) => LambdaFault)[]
  delivered: ((event: Announced) => Fate | undefined)[]
  /** Hears of every event of the services, whether anybody gets it or not. */
  announced: ((event: Announced) => void)[]
}

const OBSERVER = 'observer'
const SOURCES = ['aws.ecs', 'aws.rds', 'aws.states', 'aws.cloudwatch', 'sluice']

export function listenTo({ lambda, events }: Pick<Rehearsal, 'lambda' | 'events'>): Ears {
  const ears: Ears = { called: [], delivered: [], announced: [] }
  events.putRule({ name: OBSERVER, pattern: { source: SOURCES }, targets: [] })
  events.faults = (event, rule) => {
    if (rule !== OBSERVER) return first(ears.delivered, event) ?? 'deliver'
    for (const hear of ears.announced) hear(event)
    return 'deliver'
  }
  lambda.faults = ({ name }, payload) => {
    const step = stepOf(name)
    return step === undefined ? undefined : first(ears.called, { step, payload: JSON.parse(payload) })
  }
  return ears
}

function first<T, R>(asked: ((about: T) => R | undefined)[], about: T): R | undefined {
  for (const ask of asked) {
    const said = ask(about)
    if (said !== undefined) return said
  }
  return undefined
}

/** A function's name is made from its construct's: `Sluice-SluiceLockStageFunctionB6FB7DC7-…`. */
export const stepOf = (functionName: string): string | undefined =>
  /^[^-]+-Sluice(\w+)Function[0-9A-F]{8}-/.exec(functionName)?.[1]
