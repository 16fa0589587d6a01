import {
  DescribeServiceDeploymentsCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
} from '@aws-sdk/client-ecs'
import type { ExecutionListItem } from '@aws-sdk/client-sfn'
import type { Outcome } from '../../domain/outcome.ts'
import { historyOf, listExecutions } from '../../functions/aws/executions.ts'
import {
  type ReleaseEntry,
  readBefore,
  readEnd,
  readPlanIfAny,
  readStageEnd,
  releasesOf,
} from '../../functions/aws/ledger.ts'
import type { Approvers } from '../rehearsing/approvers.ts'
import { type Digests, type Left, leftIn, pausesIn, servedBy, waysBack } from '../rehearsing/report.ts'
import type { World } from '../rehearsing/world.ts'
import type { Fault } from './catalogue.ts'
import { START, type Wait, waitsIn } from './delays.ts'
import { answeredLate, type Late } from './late-links.ts'
import type { Records, Span } from './records.ts'
import { personsRollbacks, type Rollbacks } from './rollbacks.ts'

/** What the ledger says of one attempt of a release. */
export interface LedgerEntry {
  tag: string
  release: string
  outcome: Outcome | undefined
  /** That of its execution, as Step Functions has it; absent: none was started. */
  status?: string
  /** Of the stages that it came to hold. */
  stages: { name: string; outcome: Outcome | undefined; before: Digests }[]
}

/** How a journey ended, from the records of the services; what only Sluice knows, such as outcomes, from its ledger. */
export interface Evidence extends Rollbacks {
  /** What has gone wrong. */
  happened: readonly Fault[]
  /** Tags, in the order of their pushes. */
  pushes: string[]
  /** In the same order. */
  ledger: LedgerEntry[]
  /** Stage → what it served before the first push, what was pushed for it (by tag), and what it serves now. */
  served: Record<string, { before: Digests; pushed: Record<string, Digests>; now: Digests }>
  /** Each by the attempt and stage that its tags name. */
  snapshots: string[]
  /** `by`: the attempt and stage that the tags of its definition name. */
  tasks: (Span & { by: string; kind: 'migration' | 'undoing'; exitCode: number | undefined })[]
  /** Of services, with their clusters. */
  deployments: Span[]
  left: Left & { hooks: number }
  /** ARN → status, of both machines. */
  executions: Record<string, string>
  /** How many of them are the release machine's. */
  started: number
  /** What was waited for, from the first push on. */
  waits: Wait[]
  late: Late
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
  /** The outcomes that somebody is paged for. */
  on: readonly Outcome[]
  /** Incidents that are open. */
  open: number
  /** Incidents that were opened, and resolved since. */
  resolved: number
  /** What was told of releases that did well. */
  changes: number
}

export interface Observed {
  world: World
  approvers: Approvers
  records: Records
  before: Record<string, Digests>
  pushed: readonly Push[]
  happened: readonly Fault[]
}

/** One push of every image: image → digest. `at`: ms. */
export interface Push {
  tag: string
  at: number
  digests: Record<string, string>
}

export async function gather({ world, approvers, records, before, pushed, happened }: Observed): Promise<Evidence> {
  const { application, installation, rehearsal, users } = world
  const pushes = pushed.map(({ tag }) => tag)
  const releases = (await releasesOf(application.app)).sort((a, b) => pushes.indexOf(a.tag) - pushes.indexOf(b.tag))
  const now = await servedBy(application)
  const started = await listExecutions(installation.releaseMachine)
  const ways = await listExecutions(installation.rollbackMachine)
  const executions = [...started, ...ways]
  const statuses = Object.fromEntries(executions.map(({ executionArn = '', status = '' }) => [executionArn, status]))
  const ledger = await Promise.all(releases.map(entry => ledgerOf(entry, statuses)))
  return {
    happened,
    pushes,
    ledger,
    ...(await personsRollbacks(
      ways.map(({ executionArn = '' }) => executionArn).reverse(),
      await waysBack(application),
    )),
    served: Object.fromEntries(
      application.stages.map(({ name, services }) => [
        name,
        {
          before: before[name] ?? {},
          pushed: Object.fromEntries(
            pushed.map(({ tag, digests }) => [
              tag,
              Object.fromEntries(
                services.map(({ service, container, image }) => [service, { [container]: digests[image] ?? '' }]),
              ),
            ]),
          ),
          now: now[name] ?? {},
        },
      ]),
    ),
    snapshots: snapshotsOf(world, records),
    tasks: await tasksOf(world, records),
    deployments: await deploymentsOf(world),
    left: { ...(await leftIn(installation.table)), hooks: await pausesIn(application) },
    executions: statuses,
    started: started.length,
    waits: await waitsOf(executions, pushed[0]?.at ?? 0),
    late: await answeredLate(application, {
      releases,
      approvers,
      held: ledger.flatMap(({ stages }) => stages.map(({ name }) => name)),
    }),
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
  return [{ state: START, from: pushedAt, to: first, looks: [] }, ...waits]
}

async function ledgerOf(entry: ReleaseEntry, statuses: Record<string, string>): Promise<LedgerEntry> {
  const stages: LedgerEntry['stages'] = []
  for (const { name } of (await readPlanIfAny(entry))?.stages ?? []) {
    const of = { ...entry, stage: name }
    const before = await readBefore(of)
    if (!before) continue
    const digests = Object.entries(before.services).map(([service, { digests }]) => [service, digests])
    stages.push({ name, outcome: (await readStageEnd(of))?.outcome, before: Object.fromEntries(digests) })
  }
  const status = statuses[entry.started?.executionArn ?? '']
  const { tag, release } = entry
  return { tag, release, outcome: (await readEnd(entry))?.outcome, ...(status && { status }), stages }
}

/** All that RDS began to make; of one that is gone nobody knows whose it was. */
function snapshotsOf({ rehearsal: { rds } }: World, { snapshots }: Records): string[] {
  const known = new Map(rds.snapshots().map(({ id, tags }) => [id, tags]))
  return [...snapshots].map(arn => takenFor(known.get(arn.split(':').at(-1) ?? '') ?? {}))
}

async function tasksOf({ application }: World, { tasks }: Records): Promise<Evidence['tasks']> {
  const ecs = new ECSClient({})
  const families = application.stages.flatMap(({ migrate }) => migrate?.taskDefinition ?? [])
  const found: Evidence['tasks'] = []
  for (const { command, taskDefinition, ...task } of tasks.values()) {
    if (!families.includes(task.of)) continue
    const { tags = [] } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }))
    const by = takenFor(Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value])))
    found.push({ ...task, by, kind: command === '' ? 'migration' : 'undoing' })
  }
  return found
}

const takenFor = (tags: Record<string, string>): string =>
  `${tags['sluice:release'] ?? 'nobody'} at ${tags['sluice:stage'] ?? 'no stage'}`

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
    on: notify.pagerduty?.on ?? [],
    open: pagerDuty.incidents().filter(({ status }) => status === 'triggered').length,
    resolved: pagerDuty.incidents().filter(({ status }) => status === 'resolved').length,
    changes: pagerDuty.events().filter(({ action }) => action === 'change').length,
  }
  return { ...(notify.slack?.mode === 'bot' && { channel }), ...(notify.pagerduty && { pages }) }
}
