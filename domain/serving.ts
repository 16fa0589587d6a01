import { idIn } from './arn.ts'

/** Container name → digest of the image that it runs, as ECS recorded it. */
export type ContainerDigests = Record<string, string>

/** One task that ECS says is RUNNING. */
export interface RunningTask {
  arn: string
  taskDefinition: string
  digests: ContainerDigests
}

export interface ServingFacts {
  /** Task definition of the revision that serves, and the digests recorded for that revision. */
  revision: { taskDefinition: string; digests: ContainerDigests }
  desired: number
  running: RunningTask[]
}

export interface ExpectedService {
  /** The one task definition that may run. */
  taskDefinition: string
  /** Container → the digests that prove the expected image. */
  digests: Record<string, string[]>
}

export type Verdict =
  | { kind: 'proven'; tasks: number }
  | { kind: 'not-yet'; because: string }
  | { kind: 'wrong'; because: string }

/**
 * Whether what runs is what was meant: every running task and the serving revision have an expected digest in each named
 * container. Tasks of another revision are still being replaced, and a digest that ECS has not recorded yet may come; a wrong
 * digest in the right revision never mends itself.
 */
export function compareServing(expected: ExpectedService, { revision, desired, running }: ServingFacts): Verdict {
  const ours = running.filter(task => task.taskDefinition === expected.taskDefinition)
  const seen: Verdict[] = ours.map(task => compareDigests(expected, task.digests, `task ${idIn(task.arn)} runs`))
  if (revision.taskDefinition === expected.taskDefinition)
    seen.push(compareDigests(expected, revision.digests, 'the revision that serves records'))
  const wrong = seen.find(verdict => verdict.kind === 'wrong')
  if (wrong) return wrong
  if (revision.taskDefinition !== expected.taskDefinition)
    return notYet(`the revision that serves is ${idIn(revision.taskDefinition)}, not ${idIn(expected.taskDefinition)}`)
  const others = running.length - ours.length
  if (others > 0) return notYet(`${others} of ${running.length} running tasks are of another revision`)
  if (ours.length < desired) return notYet(`${ours.length} of ${desired} tasks run`)
  return seen.find(verdict => verdict.kind === 'not-yet') ?? { kind: 'proven', tasks: ours.length }
}

/** Where one production rule of a service sends its users. */
export interface RuleTraffic {
  /** ARN. */
  rule: string
  weights: { targetGroup: string; weight: number }[]
  /** Target groups of the definition that serves: two, while it is deployed once more; none where ECS has recorded none. */
  serves: string[]
}

/** Every user reaches the definition that serves, and nobody anything else; undefined where that is so. */
export function compareTraffic(rules: RuleTraffic[]): Extract<Verdict, { kind: 'not-yet' }> | undefined {
  for (const { rule, weights, serves } of rules) {
    const reached = weights.filter(({ weight }) => weight > 0).map(({ targetGroup }) => targetGroup)
    const isMeant = (group: string) => serves.length === 0 || serves.includes(group)
    if (reached.length === 1 && reached.every(isMeant)) continue
    const shares = weights.map(({ targetGroup, weight }) => `${weight} to ${groupName(targetGroup)}`)
    const named = serves.map(groupName).join(' or ')
    const meant = named ? `${named}, where the revision that serves is` : 'one target group'
    return notYet(`rule ${rule} sends ${shares.join(', ') || 'nobody anywhere'}, not all to ${meant}`)
  }
  return undefined
}

/** `…:targetgroup/<name>/<id>` */
function groupName(arn: string): string {
  return arn.split('/')[1] ?? arn
}

function compareDigests(expected: ExpectedService, digests: ContainerDigests, what: string): Verdict {
  for (const [container, allowed] of Object.entries(expected.digests)) {
    const digest = digests[container]
    if (digest === undefined) return notYet(`${what} ${container} without a digest`)
    if (!allowed.includes(digest))
      return { kind: 'wrong', because: `${what} ${container} at ${digest}, not ${allowed[0]}` }
  }
  return { kind: 'proven', tasks: 1 }
}

function notYet(because: string): Extract<Verdict, { kind: 'not-yet' }> {
  return { kind: 'not-yet', because }
}
