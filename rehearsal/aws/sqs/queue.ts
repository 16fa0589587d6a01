import { randomUUID } from 'node:crypto'
import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { Clock, Timer } from '../../clock.ts'
import type { ResourcePolicy } from '../resource-policy.ts'

export interface QueueSettings {
  name: string
  /** Seconds; 30 if absent. */
  visibilityTimeout?: number
  /** Seconds; 0 if absent. */
  delay?: number
  /** Bytes; 1 MiB if absent. */
  maximumMessageSize?: number
  redrive?: { deadLetterArn: string; maxReceiveCount: number }
}

export interface NewMessage {
  body: string
  attributes?: Record<string, MessageAttributeValue>
  /** The account's user, or the service, that sent it. */
  senderId: string
}

/** A message as one receive gave it. */
export interface Received {
  id: string
  body: string
  attributes: Record<string, MessageAttributeValue>
  senderId: string
  sentAt: number
  firstReceivedAt: number
  receives: number
  receiptHandle: string
  /** Set in a dead-letter queue. */
  sourceArn?: string
}

interface Message extends Omit<Received, 'firstReceivedAt'> {
  firstReceivedAt?: number
  state: 'delayed' | 'visible' | 'hidden'
  /** Makes it visible. */
  timer?: Timer
}

/** What a receipt handle still stands for. */
export type Held = 'in-flight' | 'not-in-flight' | 'unknown'

const completed = (settings: QueueSettings) => ({
  ...{ visibilityTimeout: 30, delay: 0, maximumMessageSize: 1_048_576 },
  ...settings,
})

/** One standard queue. It keeps no order but that of arrival, and forgets nothing by age. */
export class Queue {
  readonly arn: string
  readonly url: string
  readonly createdAt: number
  settings: Required<Omit<QueueSettings, 'redrive'>> & Pick<QueueSettings, 'redrive'>
  policy: ResourcePolicy = () => false
  readonly #clock: Clock
  #deadLetters: Queue | undefined
  #messages: Message[] = []
  /** Receipt handle → id, also of earlier receives. */
  readonly #handles = new Map<string, string>()
  readonly #listeners: (() => void)[] = []

  constructor(
    settings: QueueSettings,
    at: { arn: string; url: string; clock: Clock; deadLetters?: Queue | undefined },
  ) {
    this.settings = completed(settings)
    this.arn = at.arn
    this.url = at.url
    this.#clock = at.clock
    this.createdAt = at.clock.now()
    this.#deadLetters = at.deadLetters
  }

  /** Other settings from now on; a message that is hidden or delayed stays so for as long as it was to. */
  configure(settings: QueueSettings, deadLetters: Queue | undefined): void {
    this.settings = completed(settings)
    this.#deadLetters = deadLetters
  }

  /** Calls back whenever a message has become visible. */
  onVisible(listener: () => void): void {
    this.#listeners.push(listener)
  }

  send({ body, attributes = {}, senderId }: NewMessage, delay = this.settings.delay): string {
    const sentAt = this.#clock.now()
    const sent = { id: randomUUID(), body, attributes, senderId, sentAt, receives: 0, receiptHandle: '' }
    this.#add({ ...sent, state: 'delayed' }, delay)
    return sent.id
  }

  /** Hides and returns up to `most` messages; one that was received too often goes to the dead-letter queue instead. */
  receive(most: number, hiddenFor = this.settings.visibilityTimeout): Received[] {
    const received: Received[] = []
    for (const message of this.#messages.filter(({ state }) => state === 'visible')) {
      if (received.length === most) break
      if (this.#isExhausted(message)) this.#bury(message)
      else received.push(this.#take(message, hiddenFor))
    }
    return received
  }

  /** Deletes nothing when the message has been received again since. */
  delete(handle: string): Held {
    const { message, held } = this.#find(handle)
    if (message) this.#remove(message)
    return held
  }

  hideFor(handle: string, seconds: number): Held {
    const { message, held } = this.#find(handle)
    if (message && held === 'in-flight') this.#showAfter(message, seconds)
    return held
  }

  /** Whether the time until these messages show again passes as real time does: somebody really works on them. */
  setRealTime(handles: string[], real: boolean): void {
    for (const handle of handles) {
      const timer = this.#find(handle).message?.timer
      if (real) timer?.realTime()
      else timer?.awsTime()
    }
  }

  count(state: Message['state']): number {
    return this.#messages.filter(message => message.state === state).length
  }

  #add(message: Message, delay: number): void {
    this.#messages.push(message)
    if (delay > 0) this.#showAfter(message, delay)
    else this.#show(message)
  }

  #take(message: Message, hiddenFor: number): Received {
    message.receives++
    message.firstReceivedAt ??= this.#clock.now()
    message.receiptHandle = Buffer.from(`${randomUUID()} ${message.receives}`).toString('base64')
    message.state = 'hidden'
    this.#handles.set(message.receiptHandle, message.id)
    this.#showAfter(message, hiddenFor)
    const { state: _state, timer: _timer, ...received } = message
    return { ...received, firstReceivedAt: message.firstReceivedAt }
  }

  #isExhausted({ receives }: Message): boolean {
    return receives >= (this.settings.redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY)
  }

  /** It keeps its id, its time and its count of receives. */
  #bury(message: Message): void {
    this.#remove(message)
    if (this.#deadLetters) this.#deadLetters.#add({ ...message, receiptHandle: '', sourceArn: this.arn }, 0)
  }

  #remove(message: Message): void {
    message.timer?.cancel()
    this.#messages = this.#messages.filter(one => one !== message)
  }

  #find(handle: string): { message?: Message; held: Held } {
    const id = this.#handles.get(handle)
    if (id === undefined) return { held: 'unknown' }
    const message = this.#messages.find(one => one.id === id && one.receiptHandle === handle)
    return message
      ? { message, held: message.state === 'hidden' ? 'in-flight' : 'not-in-flight' }
      : { held: 'not-in-flight' }
  }

  #showAfter(message: Message, seconds: number): void {
    message.timer?.cancel()
    message.timer = this.#clock.timer(seconds * 1000, () => this.#show(message))
  }

  #show(message: Message): void {
    message.state = 'visible'
    delete message.timer
    for (const listener of this.#listeners) listener()
  }
}
