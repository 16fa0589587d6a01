import { createHash } from 'node:crypto'

export interface Channel {
  readonly id: string
  /** As people call it: `#name`, or the id where it has none. */
  readonly name: string
  /** With whom, if it is a direct message. */
  readonly user?: string
}

/** The one channel that the incoming webhook posts to. */
export const WEBHOOK_CHANNEL: Channel = { id: 'C0WEBHOOK00', name: '#incoming-webhook' }

/** The conversations of a workspace. A channel of a well-formed id is there, one with a name once it is used; its id is the same in every run. */
export class Channels {
  readonly #known = new Map([[WEBHOOK_CHANNEL.id, WEBHOOK_CHANNEL]])
  readonly #users: readonly string[]

  constructor(users: readonly string[]) {
    this.#users = users
  }

  withId(id: unknown): Channel | undefined {
    if (typeof id !== 'string') return undefined
    return this.#known.get(id) ?? (/^C[A-Z0-9]{8,}$/.test(id) ? this.#keep({ id, name: id }) : undefined)
  }

  /** Where a message for this goes: an id, a name with or without #, or a person's id. */
  addressed(as: unknown): Channel | undefined {
    if (typeof as !== 'string') return undefined
    const known = this.withId(as) ?? this.direct(as)
    if (known) return known
    const name = `#${as.replace(/^#/, '')}`
    return /^#[a-z0-9_-]{1,80}$/.test(name) ? this.#keep({ id: idOf('C', name), name }) : undefined
  }

  /** The direct message with a member of the workspace. */
  direct(user: string): Channel | undefined {
    const id = idOf('D', user)
    return this.#users.includes(user) ? this.#keep({ id, name: id, user }) : undefined
  }

  #keep(channel: Channel): Channel {
    this.#known.set(channel.id, channel)
    return channel
  }
}

function idOf(kind: 'C' | 'D', name: string): string {
  return kind + createHash('sha256').update(name).digest('hex').slice(0, 10).toUpperCase()
}
