import { DescribeServiceDeploymentsCommand, ECSClient, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs'
import type { ExecutionListItem } from '@aws-sdk/client-sfn'
import type { Approval } from '../../domain/approval.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { approvalsOf } from '../../functions/aws/approvals.ts'
import { historyOf, listExecutions } from '../../functions/aws/executions.ts'
import {
  type ReleaseEntry,
  readBefore,
  readEnd,
  readPlanIfAny,
  readStageEnd,
  releasesOf,
} from '../../functions/aws/ledger.ts'
import type { RollbackEntry } from '../../functions/aws/stage-ledger.ts'
import type { Approvers } from '../rehearsing/approvers.ts'
import { type Digests, type Left, leftIn, pausesIn, servedBy, waysBack } from '../rehearsing/report.ts'
import type { World } from '../rehearsing/world.ts'
import { LOOK_EVERY_MS, START, type Wait, waitsIn } from './delays.ts'
import type { Records, Span } from './records.ts'

/** What the ledger says of one attempt of a release. */
export interface LedgerEntry {
  tag: string
  release: string
  outcome: Outcome | undefined
  /** Of the stages that it came to hold. */
  stages: { name: string; outcome: Outcome | undefined; before: Digests }[]
}

/** How a journey ended, from the services' own records. */
export interface Evidence {
  ledger: LedgerEntry[]
  /** Rollbacks that a person started, by their outcomes; undefined: it has none. */
  rollbacks: (Outcome | undefined)[]
  /** Stage → what it served before the first push, what was pushed for it, and what it serves now. */
  served: Record<string, { before: Digests; pushed: Digests[]; now: Digests }>
  snapshots: number
  tasks: (Span & { kind: 'migration' | 'undoing'; exitCode: number | undefined })[]
  /** Of services, with their clusters. */
  deployments: Span[]
  left: Left & { hooks: number }
  /** ARN → status, of both machines. */
  executions: Record<string, string>
  /** How many of them are the release machine's. */
  started: number
  /** What was waited for, from the first push on. */
  waits: Wait[]
  /** Answers that counted although they came over the links of an ended release. */
  countedLate: number
  /** Absent where the application tells nobody there. */
  channel?: Channel
  pages?: Pages
  users: { total: number; failed: number }
  /** What roles were denied that they should have. */
  denied: string[]
  /** What Slack or PagerDuty would not have taken. */
  refused: string[]
}

/** What Slack's channel has in the end. */
export interface Channel {
  /** Its own messages, as they are now. */
  posts: string[]
  /** How often it was said in a thread that a release ended. */
  ends: number
  /** Whether it was said there that pauses of ours stay. */
  saysPausesStay: boolean
}

/** What PagerDuty has in the end. */
export interface Pages {
  /** Incidents that nobody has resolved. */
  open: number
  /** What was told of releases that did well. */
  changes: number
}

export interface Observed {
  world: World
  approvers: Approvers
  records: Records
  before: Record<string, Digests>
  pushed: readonly Push[]
}

/** One push of every image: image → digest. `at`: ms. */
export interface Push {
  at: number
  digests: Record<string, string>
}

export async function gather({ world, approvers, records, before, pushed }: Observed): Promise<Evidence> {
  const { application, installation, rehearsal, users } = world
  const releases = await releasesOf(application.app)
  const countedLate = await answersThatCount(releases, approvers)
  const now = await servedBy(application)
  const started = await listExecutions(installation.releaseMachine)
  const executions = [...started, ...(await listExecutions(installation.rollbackMachine))]
  const ways = await waysBack(application)
  const families = application.stages.flatMap(({ migrate }) => migrate?.taskDefinition ?? [])
  return {
    ledger: await Promise.all(releases.map(ledgerOf)),
    rollbacks: [...askedFor(ways).values()],
    served: Object.fromEntries(
      application.stages.map(({ name, services }) => [
        name,
        {
          before: before[name] ?? {},
          pushed: pushed.map(({ digests }) =>
            Object.fromEntries(
              services.map(({ service, container, image }) => [service, { [container]: digests[image] ?? '' }]),
            ),
          ),
          now: now[name] ?? {},
        },
      ]),
    ),
    snapshots: records.snapshots.size,
    tasks: [...records.tasks.values()]
      .filter(({ of }) => families.includes(of))
      .map(({ command, ...task }) => ({
        ...task,
        kind: command === '' ? ('migration' as const) : ('undoing' as const),
      })),
    deployments: await deploymentsOf(world),
    left: { ...(await leftIn(installation.table)), hooks: await pausesIn(application) },
    executions: Object.fromEntries(executions.map(({ executionArn = '', status = '' }) => [executionArn, status])),
    started: started.length,
    waits: await waitsOf(executions, pushed[0]?.at ?? 0),
    countedLate,
    ...toldBy(world),
    users: users.counts(),
    denied: rehearsal.access.denied().map(({ principal, action, resource }) => `${principal} ${action} ${resource}`),
    refused: [...rehearsal.slack.problems, ...rehearsal.pagerDuty.problems],
  }
}

async function waitsOf(executions: ExecutionListItem[], pushedAt: number): Promise<Wait[]> {
  const waits: Wait[] = []
  let first = Number.POSITIVE_INFINITY
  for (const { executionArn = '', startDate } of executions) {
    first = Math.min(first, Number(startDate))
    waits.push(...waitsIn(await historyOf(executionArn)))
  }
  return [{ state: START, from: pushedAt, to: first, heartbeatMs: LOOK_EVERY_MS }, ...waits]
}

/** Rollback that a person started → how it ended, whoever went on with it in the end. */
function askedFor(ways: RollbackEntry[]): Map<string, Outcome | undefined> {
  return new Map(ways.flatMap(({ chosen, end }) => (chosen ? [[chosen.asked, end?.outcome] as const] : [])))
}

async function ledgerOf(entry: ReleaseEntry): Promise<LedgerEntry> {
  const stages: LedgerEntry['stages'] = []
  for (const { name } of (await readPlanIfAny(entry))?.stages ?? []) {
    const of = { ...entry, stage: name }
    const before = await readBefore(of)
    if (!before) continue
    const digests = Object.entries(before.services).map(([service, { digests }]) => [service, digests])
    stages.push({ name, outcome: (await readStageEnd(of))?.outcome, before: Object.fromEntries(digests) })
  }
  return { tag: entry.tag, release: entry.release, outcome: (await readEnd(entry))?.outcome, stages }
}

/** Whoever has kept a link rejects over it once more. */
async function answersThatCount(releases: ReleaseEntry[], approvers: Approvers): Promise<number> {
  const asked = await questionsOf(releases)
  for (const link of approvers.links()) await approvers.answer(link, { decision: 'reject', comment: 'too late' })
  const after = await questionsOf(releases)
  return decisionsIn(after) - decisionsIn(asked)
}

const decisionsIn = (asked: Approval[]) => asked.reduce((sum, { decisions }) => sum + decisions.length, 0)

async function questionsOf(releases: ReleaseEntry[]): Promise<Approval[]> {
  const asked: Approval[] = []
  for (const release of releases)
    for (const { name } of (await readPlanIfAny(release))?.stages ?? [])
      asked.push(...(await approvalsOf({ ...release, stage: name })))
  return asked
}

/** Every deployment of every service; the first made the service. */
async function deploymentsOf({ application }: World): Promise<Span[]> {
  const ecs = new ECSClient({})
  const spans: Span[] = []
  for (const { cluster, services } of application.stages)
    for (const { service } of services) {
      const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: 20 }))
      const serviceDeploymentArns = (listed.serviceDeployments ?? []).flatMap(one => one.serviceDeploymentArn ?? [])
      const { serviceDeployments = [] } = await ecs.send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }),
      )
      for (const { createdAt, finishedAt } of serviceDeployments)
        spans.push({
          of: `${cluster}/${service}`,
          from: Number(createdAt),
          ...(finishedAt && { to: Number(finishedAt) }),
        })
    }
  return spans
}

function toldBy({ application, rehearsal: { slack, pagerDuty } }: World): Pick<Evidence, 'channel' | 'pages'> {
  const { notify } = application
  const messages = slack.messages().filter(({ user }) => user === undefined)
  const replies = messages.filter(({ threadTs }) => threadTs !== undefined).map(({ text }) => text)
  const channel = {
    posts: messages.filter(({ threadTs }) => threadTs === undefined).map(({ text }) => text),
    ends: replies.filter(text => text.startsWith('The release ended')).length,
    saysPausesStay: replies.some(text => text.includes("Sluice's pauses could not be taken off")),
  }
  const pages = {
    open: pagerDuty.incidents().filter(({ status }) => status === 'triggered').length,
    changes: pagerDuty.events().filter(({ action }) => action === 'change').length,
  }
  return { ...(notify.slack?.mode === 'bot' && { channel }), ...(notify.pagerduty && { pages }) }
}
