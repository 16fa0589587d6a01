import type { Clock, Held } from '../../clock.ts'

/** A piece of work that sends requests with an access key, and is over after a while. */
export interface Sender {
  accessKeyId: string
  /** Milliseconds that it may take. */
  limit: number
  /** Ends it, since it has taken them. */
  timeOut(): void
  /** Tells it that time has gone on while it stood still. */
  resume(): void
  /** What happens between its first request and the answer to it, which then reaches nobody. */
  beforeAnswer?: () => Promise<void>
}

interface UnderWay extends Sender {
  held: Held
  /** Real time at which it began. */
  since: number
  /** AWS time for which its requests have stood still. */
  stood: number
}

/** Who is behind the requests: all that runs at that moment with their access key, as nothing in a request says more. */
export class Senders {
  readonly #clock: Clock
  readonly #all = new Set<UnderWay>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns what says that it is over. */
  begin(sender: Sender): () => void {
    const begun = { ...sender, held: this.#clock.around(), since: performance.now(), stood: 0 }
    this.#all.add(begun)
    return () => this.#all.delete(begun)
  }

  /**
   * Lets the request that asks for this, and who sent it, stand still for `ms` of AWS time while everybody else's goes on. False
   * where nobody waits for it by then: who sent it has ended, or has taken all the time that it may.
   */
  async stall(accessKeyId: string, ms: number): Promise<boolean> {
    const senders = this.#of(accessKeyId)
    const patience = Math.max(0, ...senders.map(leftOf))
    const isTooLong = senders.length > 0 && ms >= patience
    const stands = isTooLong ? patience : ms
    const held = [this.#clock.around(), ...senders.map(sender => sender.held)]
    for (const one of held) one.letGo()
    await this.#clock.sleep(stands)
    for (const one of held) one.takeUp()
    for (const sender of senders) {
      sender.stood += stands
      if (leftOf(sender) <= 0 || isTooLong) sender.timeOut()
      else sender.resume()
    }
    return !isTooLong && (senders.length === 0 || senders.some(sender => this.#all.has(sender)))
  }

  /** Whether the answer to a request reaches who sent it. */
  async isReached(accessKeyId: string): Promise<boolean> {
    const sender = this.#of(accessKeyId).find(({ beforeAnswer }) => beforeAnswer)
    if (!sender?.beforeAnswer) return true
    const happen = sender.beforeAnswer
    delete sender.beforeAnswer
    await happen()
    return false
  }

  #of(accessKeyId: string): UnderWay[] {
    return [...this.#all].filter(sender => sender.accessKeyId === accessKeyId)
  }
}

function leftOf({ limit, since, stood }: UnderWay): number {
  return limit - (performance.now() - since) - stood
}
