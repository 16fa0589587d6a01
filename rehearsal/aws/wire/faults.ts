/**
 * What goes wrong on the way to a service, by a rehearsal's choice. `throttle` and `internal-error` are the service's own words
 * for it, and nothing has happened. `lose-answer` lets the operation happen and cuts the connection: the caller cannot know, and
 * the SDK asks again. A request that stalls stands for `stallMs` of AWS time before the service sees it, while everybody else's time goes on; one
 * that would outlast the function that sent it never arrives, and `arrives` is called where it does.
 */
export type RequestFault =
  | 'throttle'
  | 'internal-error'
  | 'lose-answer'
  | { fail: string; message?: string; statusCode?: number }
  | { stallMs: number; arrives?: () => void }

export interface FaultRule {
  service: string
  operation?: string
  principal?: (principal: string) => boolean
  does: RequestFault
  /** How many requests it meets. Default 1. */
  times?: number
}

/** A rule as it was added. */
export interface PlannedFault {
  /** Ends it before its time. */
  end(): void
  /** How many requests it has met so far. */
  fired(): number
}

export interface Faults {
  add(rule: FaultRule): PlannedFault
}

export interface Request {
  service: string
  operation: string
  principal: string
}

export class FaultPlan implements Faults {
  #plans: { rule: FaultRule; met: number }[] = []

  add(rule: FaultRule): PlannedFault {
    const plan = { rule, met: 0 }
    this.#plans.push(plan)
    return {
      end: () => {
        this.#plans = this.#plans.filter(other => other !== plan)
      },
      fired: () => plan.met,
    }
  }

  /** The fault that meets this request; it has then happened. */
  meet(request: Request): RequestFault | undefined {
    const plan = this.#plans.find(({ rule, met }) => met < (rule.times ?? 1) && matches(rule, request))
    if (!plan) return undefined
    plan.met += 1
    return plan.rule.does
  }
}

function matches(rule: FaultRule, { service, operation, principal }: Request): boolean {
  return (
    rule.service === service && (rule.operation ?? operation) === operation && (rule.principal?.(principal) ?? true)
  )
}
