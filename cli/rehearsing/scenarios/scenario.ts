import type { Outcome } from '../../../domain/outcome.ts'
import type { Answering } from '../approvers.ts'
import type { Stagehand } from '../stagehand.ts'
import type { World } from '../world.ts'

export interface Scenario {
  /** What it shows, in one line. */
  shows: string
  /** Of several releases, the one that it is about, counted from 0 (default); or the first rollback. */
  about?: number | 'rollback'
  /** How that ends; null: nothing starts. */
  outcome: Outcome | null
  /** Executions of the release machine. */
  executions: number
  /** The stage is left blocked. */
  blocks?: true
  /** What the application must have: approvers of its last stage, a database in RDS that is backed up, a migration, a service that shifts traffic, a watch with an error rate, an alarm, several services that shift traffic, something to do afterwards, a freeze, a first stage that asks nobody before a last one that does, what newer releases do. */
  needs?:
    | 'approval'
    | 'snapshot'
    | 'migration'
    | 'blue-green'
    | 'watch'
    | 'alarm'
    | 'several'
    | 'after'
    | 'freeze'
    | 'staging'
    | 'queue'
    | 'reject'
  /** What approvers do; default: all approve through the page. */
  answering?: Answering
  /** How many requests users send a second of AWS time, where it is not the usual. */
  usersPerSecond?: number
  /** AWS time at the start; default: now. */
  start?: number
  /** Some requests of users must have failed, and were counted; else none. */
  failsUsers?: true
  /** Of the stack's alarms, the one that must ring at the end: a part of its name; default: none does. */
  rings?: string
  /** Where so much time passes that nobody would watch it. */
  drive?: 'jump'
  /** What happened before Sluice was there. */
  earlier?: (world: World) => void
  /** Does it; resolves with what else was not as it should be. */
  play(hand: Stagehand): Promise<string[]>
}

/** Pushes a version and waits for its end. */
export function pushing(version: string): Scenario['play'] {
  return async hand => {
    hand.push(version)
    await hand.untilEnded(1)
    return []
  }
}
