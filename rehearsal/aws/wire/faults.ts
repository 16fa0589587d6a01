/**
 * What goes wrong on the way to a service, by a rehearsal's choice. `lose-answer` lets the operation happen and cuts the
 * connection: the caller cannot know, and the SDK asks again.
 */
export interface FaultRule {
  service: string
  operation?: string
  principal?: (principal: string) => boolean
  does: 'throttle' | 'lose-answer' | { fail: string; message?: string; statusCode?: number }
  /** How many requests it meets. Default 1. */
  times?: number
}

export interface Faults {
  /** Returns what ends the fault before its time. */
  add(rule: FaultRule): () => void
}

export interface Request {
  service: string
  operation: string
  principal: string
}

export class FaultPlan implements Faults {
  #rules: { rule: FaultRule; left: number }[] = []

  add(rule: FaultRule): () => void {
    this.#rules.push({ rule, left: rule.times ?? 1 })
    return () => {
      this.#rules = this.#rules.filter(planned => planned.rule !== rule)
    }
  }

  /** The fault that meets this request; it has then happened. */
  meet(request: Request): FaultRule['does'] | undefined {
    const met = this.#rules.find(({ rule }) => matches(rule, request))
    if (!met) return undefined
    met.left -= 1
    this.#rules = this.#rules.filter(({ left }) => left > 0)
    return met.rule.does
  }
}

function matches(rule: FaultRule, { service, operation, principal }: Request): boolean {
  return (
    rule.service === service && (rule.operation ?? operation) === operation && (rule.principal?.(principal) ?? true)
  )
}
