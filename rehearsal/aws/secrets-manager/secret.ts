import { isDeepStrictEqual } from 'node:util'

/** What a version holds: text or bytes. */
export type Value = { SecretString: string } | { SecretBinary: Uint8Array }

export interface Version {
  id: string
  value: Value
  createdAt: number
}

/** One secret: its versions, and which of them is the current one. */
export class Secret {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  readonly description: string | undefined
  changedAt: number
  readonly #versions = new Map<string, Version>()
  /** Staging label → version id. */
  readonly #stages = new Map<string, string>()

  constructor(made: { name: string; arn: string; createdAt: number; description: string | undefined }) {
    this.name = made.name
    this.arn = made.arn
    this.createdAt = made.createdAt
    this.changedAt = made.createdAt
    this.description = made.description
  }

  /** Adds a version as the current one. The same version once more changes nothing; another value under its id is a conflict. */
  put(id: string, value: Value, at: number): 'stored' | 'conflict' {
    const known = this.#versions.get(id)
    if (known) return isDeepStrictEqual(known.value, value) ? 'stored' : 'conflict'
    this.#versions.set(id, { id, value, createdAt: at })
    const before = this.#stages.get('AWSCURRENT')
    if (before !== undefined) this.#stages.set('AWSPREVIOUS', before)
    this.#stages.set('AWSCURRENT', id)
    this.changedAt = at
    return 'stored'
  }

  version(id: string): Version | undefined {
    return this.#versions.get(id)
  }

  staged(stage: string): Version | undefined {
    return this.version(this.#stages.get(stage) ?? '')
  }

  stagesOf(id: string): string[] {
    return [...this.#stages].filter(([, staged]) => staged === id).map(([stage]) => stage)
  }

  /** Version id → its labels; a version without one is not listed. */
  stages(): Record<string, string[]> {
    return Object.fromEntries([...this.#stages.values()].map(id => [id, this.stagesOf(id)]))
  }
}
