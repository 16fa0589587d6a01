import { type Approval, agreeing, chosenDatabase } from '../../domain/approval.ts'
import { inWords } from '../../domain/field.ts'
import { shortDigest } from '../../domain/identity.ts'
import type { WatchResult } from '../../domain/watch.ts'
import { readableReason } from '../reason.ts'
import { CHOICES, databaseAwaited } from './database.ts'
import type { Step } from './history.ts'
import type { ReleaseView, StageView } from './release-view.ts'
import type { TaskCount } from './task-count.ts'
import { trafficTold, watchedTold, watchTold } from './traffic.ts'

export { at } from '../../domain/field.ts'
export { readableReason as messageIn }

/** `RunSmokeTests` → `run smoke tests`. */
export function inSmall(state: string): string {
  return state.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase()
}

export function count(amount: number, one: string): string {
  return `${amount.toLocaleString('en')} ${one}${amount === 1 ? '' : 's'}`
}

export function lasted({ from, to }: Step, now: number): string {
  return inWords((to ?? Math.max(now, from)) - from)
}

/** What a step's own result says, in a few words. */
export function detailOf(step: Step, stage: StageView, view: ReleaseView): string {
  if (step.state === 'failed') return readableReason(step.because ?? '')
  const of = view.plan?.stages.find(({ name }) => name === stage.name)
  const isWayBack = stage.rollback.includes(step)
  if (step.state === 'running' && stage.turn) return `waits: ${stage.turn}`
  if (step.name === 'RequestApproval') return answersSoFar(stage)
  if (step.state === 'running')
    return databaseAwaited(step.name, stage, view) || shiftingTraffic(step, stage) || movingTasks(stage, isWayBack)
  const said = resultOf(step)
  switch (step.name) {
    case 'LockStage':
    case 'TakeLease':
      return `lease ${(said.lease as { fence?: number } | undefined)?.fence ?? ''}`
    case 'CheckPreconditions':
      return servedBefore(stage)
    case 'BackUpDatabase':
      return `${said.id ?? ''}`
    case 'RunMigrations':
      return `${said.ended ?? ''}`
    case 'RestoreDatabase':
      return said.note ? `${said.note}` : 'nothing was done to it'
    case 'DeployNewVersion':
      return (of?.services ?? []).map(({ service, strategy }) => `${service} · ${strategy}`).join(', ')
    case 'RunSmokeTests':
      return said.passed ? `${said.passed} of ${of?.smoke.length}, slowest ${said.slowestMs} ms` : 'there are none'
    case 'ShiftTraffic':
      return 'all users see it; the old version stays warm'
    case 'WatchAlarms':
      return watchedTold(said as Partial<WatchResult>, stage.watched)
    case 'CompleteDeployment':
      return 'the old version is gone'
    case 'VerifyDeployment':
      if (!stage.before) return 'nothing was looked at before'
      return `${count(Number(said.tasks), 'task')} with the ${isWayBack ? 'previous' : 'planned'} digests`
    case 'StopDeployments':
      return said.changed ? 'none is open any more' : 'nothing had changed'
    case 'RestorePrevious':
      return said.restored ? `${count(Number(said.restored), 'service')} deployed back` : 'all serve that already'
    case 'CloseStage':
      return String(said.outcome ?? '')
    default:
      return ''
  }
}

/** Who has approved, and what they said. */
function answersSoFar({ approval }: StageView): string {
  if (!approval) return ''
  const said = approval.decisions.map(({ approver, comment }) => `${approver}${comment ? `, “${comment}”` : ''}`)
  if (approval.end?.kind === 'approved') return `by ${said.join(' and ')}${databaseChosen(approval)}`
  if (approval.end) return approval.end.because
  const names = approval.approvers.map(({ name }) => name).join(', ')
  return `${agreeing(approval).length} of ${approval.required} have approved; ${names} may`
}

/** What they chose for the database, where they were asked. */
function databaseChosen(approval: Approval): string {
  if (!approval.decisions.some(({ database }) => database !== undefined)) return ''
  const chosen = chosenDatabase(approval)
  return `; on the way back: ${chosen ? CHOICES[chosen].chosen : 'they chose differently, so keep the database'}`
}

/** Where users are, and what they are answered. */
function shiftingTraffic({ name }: Step, { traffic = {}, watched }: StageView): string {
  return (name === 'WatchAlarms' && watched && watchTold(watched)) || trafficTold(traffic)
}

function movingTasks({ tasks = {} }: StageView, isWayBack: boolean): string {
  const words = ({ previous, other, desired }: TaskCount) =>
    isWayBack ? `${previous} of ${desired} previous tasks run` : `${other} of ${desired} new tasks run`
  return Object.entries(tasks)
    .map(([service, counted]) => `${service}: ${words(counted)}`)
    .join(', ')
}

function servedBefore({ before }: StageView): string {
  const services = Object.entries(before?.services ?? {})
  return services
    .map(([service, { digests }]) => `${service} serves ${Object.values(digests).map(shortDigest).join(', ')}`)
    .join(' · ')
}

/** An invoked function's answer is in the payload of Lambda's; an answered task's is the output itself. */
function resultOf({ output }: Step): Record<string, unknown> {
  const told = output as { Payload?: unknown } | null | undefined
  const result = told && typeof told === 'object' && 'Payload' in told ? told.Payload : told
  return result && typeof result === 'object' ? (result as Record<string, unknown>) : {}
}
