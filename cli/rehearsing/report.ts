import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import type { Application } from '../../domain/application.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { ContainerDigests } from '../../domain/serving.ts'
import { readService, readServing } from '../../functions/aws/ecs.ts'
import { historyOf, listExecutions } from '../../functions/aws/executions.ts'
import { type RollbackEntry, rollbacksOf } from '../../functions/aws/stage-ledger.ts'
import { readHistory } from '../../functions/view/history.ts'
import type { ReleaseView, StageView } from '../../functions/view/release-view.ts'
import type { Rehearsal } from '../../rehearsal/index.ts'
import type { Installation } from '../installation.ts'
import { ownTasks } from './own-tasks.ts'

/** Service → container → digest. */
export type Digests = Record<string, ContainerDigests>

export interface Report {
  /** Null: nothing was started. */
  outcome: Outcome | null
  reason: string | null
  app: string
  release: string | null
  stages: {
    name: string
    outcome: Outcome | null
    /** AWS time; the rollback's steps after the release's. */
    steps: { name: string; seconds: number }[]
    before: Digests
    after: Digests
  }[]
  /** Of the users of the last stage. */
  requests: { total: number; failed: number }
  /** As those who were told have it now. */
  notifications: {
    slack: { channel: string; text: string; edits: number; thread: boolean }[]
    pagerduty: { action: string; dedupKey?: string; severity?: string; summary: string }[]
    email: { to: string; subject: string }[]
  }
  executions: number
  /** Ways back that were gone, by the stages' own ledgers. */
  rollbacks: number
  snapshots: number
  migrations: number
  /** Locks that are held, waited for, asked for or blocked. */
  locks: number
  waits: number
  hooks: number
  transitions: number
  /** AWS time from the start of the release's execution to the end of its last one. */
  durationMs: number
}

/** What ECS records of every stage: stage → service → container → digest. */
export async function servedBy(application: Application): Promise<Record<string, Digests>> {
  const served: Record<string, Digests> = {}
  for (const { name, cluster, services } of application.stages) {
    const digests: Digests = {}
    for (const { service } of services) digests[service] = await digestsOf(cluster, service)
    served[name] = digests
  }
  return served
}

/** The serving revision's record; where running tasks disagree with it, theirs is told beside it. */
async function digestsOf(cluster: string, service: string): Promise<ContainerDigests> {
  const { revision, running } = await readServing(cluster, service)
  return Object.fromEntries(
    Object.entries(revision.digests).map(([container, digest]) => {
      const others = running.flatMap(({ digests }) => digests[container] ?? []).filter(other => other !== digest)
      return [container, [digest, ...new Set(others)].join(' and ')]
    }),
  )
}

export interface Observed {
  rehearsal: Rehearsal
  /** How the rollback ended that it is about; absent: it is about the release. */
  rollback: RollbackEntry | undefined
  application: Application
  installation: Installation
  view: ReleaseView | undefined
  before: Record<string, Digests>
  requests: Report['requests']
}

/** Puts together what the services say of what happened. */
export async function reportOn({
  application,
  installation,
  view,
  before,
  requests,
  rehearsal,
  rollback,
}: Observed): Promise<Report> {
  const after = await servedBy(application)
  const { locks, waits } = await leftIn(installation.table)
  const releases = await listExecutions(installation.releaseMachine)
  const ends = rollback ? rollback.end : view?.end
  const ways = await listExecutions(installation.rollbackMachine)
  let transitions = 0
  for (const { executionArn = '' } of [...releases, ...ways])
    transitions += readHistory(await historyOf(executionArn)).transitions
  return {
    outcome: ends?.outcome ?? null,
    reason: ends?.reason ?? (await whyRefused(ways)) ?? null,
    app: application.app,
    release: view?.release ?? null,
    stages: application.stages.map(({ name }) => {
      const stage = view?.stages.find(candidate => candidate.name === name)
      return {
        name,
        outcome: stage?.outcome ?? null,
        steps: stage ? stepsOf(stage) : [],
        before: before[name] ?? {},
        after: after[name] ?? {},
      }
    }),
    requests,
    notifications: notificationsOf(rehearsal),
    executions: releases.length,
    rollbacks: (await waysBack(application)).length,
    snapshots: snapshotsOf(rehearsal, application.app),
    migrations: migrationsIn(rehearsal, application),
    ...{ locks, waits },
    hooks: await pausesIn(application),
    transitions,
    durationMs: view?.startedAt && view.stoppedAt ? view.stoppedAt - view.startedAt : 0,
  }
}

/** Why a person's rollback was refused, where one was. */
async function whyRefused(ways: Awaited<ReturnType<typeof listExecutions>>): Promise<string | undefined> {
  for (const { executionArn, status } of ways) {
    if (status !== 'FAILED') continue
    const { error, cause } = await new SFNClient({}).send(new DescribeExecutionCommand({ executionArn }))
    if (error === 'refused') return cause
  }
  return undefined
}

/** Good ones that were made for the application's stages, and still are. */
function snapshotsOf({ rds }: Rehearsal, app: string): number {
  return rds.snapshots().filter(({ status, tags }) => status === 'available' && tags['sluice:app'] === app).length
}

/** Tasks that ran the migrations' own command, and ended with 0. */
function migrationsIn(rehearsal: Rehearsal, { stages }: Application): number {
  const families = stages.flatMap(({ migrate }) => migrate?.taskDefinition ?? [])
  return ownTasks(rehearsal).filter(
    ({ family, command, exitCodes }) =>
      families.includes(family) && command === undefined && exitCodes.length > 0 && exitCodes.every(code => code === 0),
  ).length
}

/** PAUSE hooks that the services still have: their owners had none. */
export async function pausesIn({ stages }: Application): Promise<number> {
  let pauses = 0
  for (const { cluster, services } of stages)
    for (const { service } of services) {
      const { deploymentConfiguration } = await readService(cluster, service)
      pauses += (deploymentConfiguration?.lifecycleHooks ?? []).filter(
        ({ targetType }) => targetType === 'PAUSE',
      ).length
    }
  return pauses
}

/** Every way back that took a stage, over all stages, the oldest first. */
export async function waysBack({ app, stages }: Application): Promise<RollbackEntry[]> {
  const entries: RollbackEntry[] = []
  for (const { name } of stages) entries.push(...(await rollbacksOf(app, name)))
  return entries.sort((a, b) => a.at - b.at)
}

function notificationsOf({ slack, pagerDuty, mailbox }: Rehearsal): Report['notifications'] {
  return {
    slack: slack
      .messages()
      .map(({ channel, text, edits, threadTs }) => ({ channel, text, edits, thread: threadTs !== undefined })),
    pagerduty: pagerDuty.events().map(({ action, dedupKey, severity, summary }) => ({
      ...{ action, summary },
      ...(dedupKey !== undefined && { dedupKey }),
      ...(severity !== undefined && { severity }),
    })),
    email: mailbox.map(({ to, subject }) => ({ to, subject })),
  }
}

function stepsOf({ steps, rollback }: StageView): { name: string; seconds: number }[] {
  return [...steps, ...rollback].map(({ name, from, to = from }) => ({ name, seconds: (to - from) / 1000 }))
}

/** What is left in the table; `blocked`: of those locks; `unsent`: messages that wait to be sent. */
export interface Left {
  locks: number
  blocked: number
  waits: number
  unsent: number
}

export async function leftIn(TableName: string): Promise<Left> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))
  const left: Left = { locks: 0, blocked: 0, waits: 0, unsent: 0 }
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const { pk, sk, held, blocked, rollbackRequested, ...queues } of Items) {
      if (sk === 'LOCK' && (held || blocked || rollbackRequested || isQueue(queues))) left.locks++
      if (sk === 'LOCK' && blocked) left.blocked++
      if (String(pk).startsWith('WAIT#')) left.waits++
      if (pk === 'UNSENT') left.unsent++
    }
  }
  return left
}

function isQueue({ waiters = {}, gate = {}, rounds = {} }: Record<string, object>): boolean {
  return [waiters, gate, rounds].some(queue => Object.keys(queue).length > 0)
}
