import * as z from 'zod'
import type { DatabaseChoice, OnRollback } from './database.ts'
import { stageOf } from './identity.ts'
import { rollbackClaim } from './image.ts'
import type { ApprovalRule } from './people.ts'

/** One value of a task definition that the new revision changes; absent on one side where it is new or gone. */
export const difference = z.object({
  /** `containerDefinitions.api.image` */
  path: z.string(),
  from: z.string().optional(),
  to: z.string().optional(),
})
export type Difference = z.infer<typeof difference>

/** What one service runs now, and what it would run. */
export const proposedChange = z.object({
  service: z.string(),
  container: z.string(),
  /** Name of the image under `images`. */
  image: z.string(),
  live: z.object({ revision: z.string(), taskDefinition: z.string(), digest: z.string().optional() }),
  /** The task definition that the new one is copied from. */
  base: z.string(),
  digest: z.string(),
  /** The commit that the image says it was built from. */
  revision: z.string().optional(),
  differences: z.array(difference),
})
export type ProposedChange = z.infer<typeof proposedChange>

const onRollback = z.enum(['keep', 'down', 'restore', 'ask'] satisfies OnRollback[])

/** What becomes of a migrated database on the way back, where approvers were asked. */
export const databaseChoice = onRollback.exclude(['ask'])

/** How the database would change before the services do, and what becomes of that on the way back. */
export const proposedMigration = z.object({
  /** The task definition that the migration's own is copied from. */
  base: z.string(),
  container: z.string(),
  /** Name of the image under `images`. */
  image: z.string(),
  digest: z.string(),
  /** What is backed up before: the database in RDS, or the family of the task that does it. Absent: nothing is. */
  backup: z.object({ kind: z.enum(['rds-instance', 'rds-cluster', 'task']), source: z.string() }).optional(),
  onRollback,
  /** What the image's label claims of the way back. */
  rollback: rollbackClaim.optional(),
  /** What approvers choose from; empty where they are not asked. */
  choices: z.array(databaseChoice),
})
export type ProposedMigration = z.infer<typeof proposedMigration>

/** What approvers are asked: all that the page shows of the change, and all that its hash covers. */
export const question = stageOf.extend({
  tag: z.string(),
  services: z.array(proposedChange),
  migration: proposedMigration.optional(),
})
export type Question = z.infer<typeof question>

export const decision = z.object({
  approver: z.string(),
  decision: z.enum(['approve', 'reject']),
  /** As the approver wrote it. */
  comment: z.string(),
  /** By a personal link sent over this channel, or by the `sluice` command. */
  how: z.enum(['slack', 'email', 'command']),
  /** Who AWS says typed the command (ARN). */
  by: z.string().optional(),
  /** What becomes of the migrated database on the way back; only of who approves, and only where the question offers it. */
  database: databaseChoice.optional(),
  at: z.number(),
})
export type Decision = z.infer<typeof decision>

/** How a question ended. `void`: the stage changed, and it was asked again in the next round. `ended`: the release did. */
export const approvalEnd = z.object({
  kind: z.enum(['approved', 'rejected', 'expired', 'superseded', 'void', 'ended']),
  because: z.string(),
  at: z.number(),
})
export type ApprovalEnd = z.infer<typeof approvalEnd>

const asked = z.object({
  name: z.string(),
  slack: z.string().optional(),
  email: z.string().optional(),
  /** Id of this approver's link: 128 random bits. */
  link: z.string(),
})

/** One question to the approvers of a stage. A stage that changes meanwhile makes it void; the next round asks anew. */
export const approval = stageOf.extend({
  round: z.int().min(1),
  question,
  /** SHA-256 of the question as canonical JSON. */
  hash: z.string(),
  /** How many must approve. One who rejects is enough to end it. */
  required: z.int().min(1),
  approvers: z.array(asked),
  /** Milliseconds. */
  askedAt: z.number(),
  expiresAt: z.number(),
  decisions: z.array(decision).default([]),
  end: approvalEnd.optional(),
})
export type Approval = z.infer<typeof approval>

export type Voted =
  | { kind: 'counted'; next: Approval }
  | { kind: 'already-decided'; decision: Decision }
  | { kind: 'ended'; end: ApprovalEnd }
  | { kind: 'expired' }
  | { kind: 'no-approver' }

/** Counts a decision, once per approver. The one that settles the question ends it in the same write. */
export function vote(approval: Approval, cast: Decision): Voted {
  if (!approval.approvers.some(({ name }) => name === cast.approver)) return { kind: 'no-approver' }
  const earlier = approval.decisions.find(({ approver }) => approver === cast.approver)
  if (earlier) return { kind: 'already-decided', decision: earlier }
  if (approval.end) return { kind: 'ended', end: approval.end }
  if (cast.at >= approval.expiresAt) return { kind: 'expired' }
  const next: Approval = { ...approval, decisions: [...approval.decisions, cast] }
  const end = settledBy(next, cast)
  return { kind: 'counted', next: end ? { ...next, end } : next }
}

function settledBy(approval: Approval, { decision, approver, comment, at }: Decision): ApprovalEnd | undefined {
  if (decision === 'reject')
    return { kind: 'rejected', because: `${approver} rejected it${comment ? `: ${comment}` : ''}`, at }
  const agreed = agreeing(approval)
  if (agreed.length < approval.required) return undefined
  return { kind: 'approved', because: `approved by ${agreed.join(' and ')}`, at }
}

/** Names of those who approved, in order. */
export function agreeing({ decisions }: Pick<Approval, 'decisions'>): string[] {
  return decisions.filter(({ decision }) => decision === 'approve').map(({ approver }) => approver)
}

/** What all who approved want of the migrated database on the way back; undefined where they differ, or were not asked. */
export function chosenDatabase({ decisions }: Pick<Approval, 'decisions'>): DatabaseChoice | undefined {
  const choices = new Set(decisions.flatMap(({ decision, database }) => (decision === 'approve' ? [database] : [])))
  const [choice] = choices
  return choices.size === 1 ? choice : undefined
}

/** What happened while people thought: a newer release came first, or the stage has changed; each as a sentence. */
export interface Meanwhile {
  now: number
  supersededBy?: string | undefined
  changed?: string | undefined
}

/** How a question that nobody has settled ends now; undefined while it is still open. */
export function overtaken(
  { end, expiresAt, required, decisions }: Approval,
  { now, supersededBy, changed }: Meanwhile,
): ApprovalEnd | undefined {
  if (end) return end
  if (supersededBy) return { kind: 'superseded', because: supersededBy, at: now }
  if (changed) return { kind: 'void', because: changed, at: now }
  if (now < expiresAt) return undefined
  const agreed = agreeing({ decisions })
  const because = `${agreed.length} of ${required} had approved when the time to decide was over`
  return { kind: 'expired', because, at: now }
}

/** When the question of a round that is asked now expires, in ms. */
export function expiryOf({ expiresAfter }: ApprovalRule, now: number): number {
  return now + expiresAfter
}
