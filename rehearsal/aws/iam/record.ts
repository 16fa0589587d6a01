/** Something that a role did because its policies let it. */
export interface Use {
  /** ARN of the role. */
  principal: string
  action: string
  /** What the policy names it by, not what it was done to: there are no more of them than the policies hold. */
  resource: string
  /** The statement's Sid, or `<policy>[<place>]`. */
  statement: string
  times: number
}

/** Something that a role wanted to do and may not. */
export interface Denial {
  /** ARN of the role. */
  principal: string
  action: string
  resource: string
  /** In AWS's words. */
  because: string
  times: number
}

/** An action that is taken out of the policies of the roles meant, whatever they say. */
export interface Forbidden {
  /** A role's name or ARN, or what its ARN looks like. */
  principal: string | RegExp
  action: string
  /** Out of this one alone, named as its uses name it; default: out of all. */
  statement?: string
}

/** What the roles of the stack did and what they were denied, each counted, so that it does not grow with repetition. */
export class AccessRecord {
  readonly #used = new Map<string, Use>()
  readonly #denied = new Map<string, Denial>()
  readonly #forbidden: Forbidden[] = []
  readonly #listeners: ((denial: Denial) => void)[] = []

  constructor(forbidden: readonly Forbidden[] = []) {
    this.#forbidden.push(...forbidden)
  }

  used(): Use[] {
    return [...this.#used.values()]
  }

  /** In the order in which they were first denied. A rehearsal with one of them has failed. */
  denied(): Denial[] {
    return [...this.#denied.values()]
  }

  /** Tells of every denial from now on, as it happens. */
  onDenied(tell: (denial: Denial) => void): void {
    this.#listeners.push(tell)
  }

  forbid(forbidden: Forbidden): void {
    this.#forbidden.push(forbidden)
  }

  isForbidden({ principal, action, statement }: Pick<Use, 'principal' | 'action' | 'statement'>): boolean {
    return this.#forbidden.some(
      one =>
        isMeant(one.principal, principal) &&
        one.action.toLowerCase() === action.toLowerCase() &&
        (one.statement ?? statement) === statement,
    )
  }

  noteUse(use: Omit<Use, 'times'>): void {
    count(this.#used, Object.values(use).join('\n'), use)
  }

  noteDenial(denial: Omit<Denial, 'times'>): void {
    const counted = count(this.#denied, Object.values(denial).join('\n'), denial)
    for (const tell of this.#listeners) tell(counted)
  }
}

function count<T extends object>(counted: Map<string, T & { times: number }>, key: string, one: T) {
  const known = counted.get(key) ?? { ...one, times: 0 }
  known.times += 1
  counted.set(key, known)
  return known
}

function isMeant(wanted: string | RegExp, principal: string): boolean {
  if (wanted instanceof RegExp) return wanted.test(principal)
  return principal === wanted || principal.endsWith(`/${wanted}`)
}
