import type { Stage } from '../../domain/application.ts'
import { at } from '../../domain/field.ts'
import type { Lack } from '../../domain/lack.ts'
import { quoted } from '../../domain/shell.ts'
import { type Alarm, describeAlarms } from '../../functions/aws/cloudwatch.ts'
import type { TargetGroup } from '../../functions/aws/target-groups.ts'
import { type Examination, judged } from './examination.ts'

export interface Watched {
  stage: Stage
  /** Names of the alarms by which ECS itself watches the stage's services. */
  inEcs: readonly string[]
  /** Of each service; undefined of one whose groups nobody could see. */
  targetGroups: readonly (readonly TargetGroup[] | undefined)[]
}

/** Whether a watch of the stage, and ECS, would hear what their alarms say, and could count errors. */
export async function askAlarms(examination: Examination, { stage, inEcs, targetGroups }: Watched): Promise<void> {
  const { name, watch } = stage
  const where = { stage: name }
  const ours = watch?.alarms ?? []
  const asked = [...new Set([...ours, ...inEcs])]
  if (asked.length > 0)
    await examination.ask('alarms', where, async () => {
      const alarms = await describeAlarms(asked)
      const children = [...new Set(alarms.flatMap(({ rule = '' }) => childrenOf(rule)))]
      const below = await describeAlarms(children.filter(child => !asked.includes(child)))
      return judged(
        ...whyGone({ alarms: [...alarms, ...below], ours, inEcs }),
        ...whyRinging(alarms, quoted(examination.app), quoted(name)),
      )
    })
  const groups = targetGroups.flatMap(each => each ?? [])
  // Whoever could not be seen has been told of, and may be what counts.
  if (watch?.errorRate && !targetGroups.includes(undefined))
    await examination.ask('error-rate', where, () => judged(whyUncounted(groups)))
}

interface Known {
  alarms: readonly Pick<Alarm, 'name' | 'rule'>[]
  ours: readonly string[]
  inEcs: readonly string[]
}

/** What names alarms that there are not: the application file, a service, or a composite alarm. */
export function whyGone({ alarms, ours, inEcs }: Known): Lack[] {
  const isGone = (name: string) => !alarms.some(alarm => alarm.name === name)
  const gone = ours.filter(isGone)
  const told = (name: string) => `CloudWatch has no alarm ${name} in this account and region`
  return [
    ...gone.map(name => ({
      found: told(name),
      remedy: 'create it, or correct watch.alarms in the application file',
    })),
    ...inEcs
      .filter(name => isGone(name) && !gone.includes(name))
      .map(name => ({
        found: told(name),
        remedy: "create it, or take it out of the service's deploymentConfiguration.alarms",
      })),
    ...alarms.flatMap(({ name, rule = '' }) =>
      childrenOf(rule)
        .filter(child => isGone(child) && !gone.includes(child))
        .map(child => ({
          found: `composite alarm ${name} asks for alarm ${child}, which CloudWatch has not`,
          remedy: `create it, or correct the rule of ${name}`,
        })),
    ),
  ]
}

/** Those that ring. A composite that does so since one of these rings is not told beside it. */
export function whyRinging(
  alarms: readonly Pick<Alarm, 'name' | 'state' | 'since' | 'reason' | 'rule'>[],
  app: string,
  stage: string,
): Lack[] {
  const ringing = alarms.filter(({ state }) => state === 'ALARM')
  const own = ringing.filter(
    ({ rule = '' }) => !childrenOf(rule).some(child => ringing.some(({ name }) => name === child)),
  )
  return own.map(({ name, since, reason }) => ({
    found: `alarm ${name} rings since ${at(since)} (${reason}): a watch, and ECS, would be deaf to it`,
    remedy: 'see that it is quiet; or, when it may ring',
    command: `npm run -s sluice -- lift ${app} ${stage} alarm ${quoted(name)}`,
  }))
}

/** Names of the alarms that the rule of a composite one asks for. */
export function childrenOf(rule: string): string[] {
  const asked = [...rule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|'([^']+)'|([^)\s]+))\s*\)/g)]
  const named = asked.map(([, double, single, bare]) => double ?? single ?? bare ?? '')
  return [...new Set(named.map(name => name.replace(/^arn:[^:]+:cloudwatch:[^:]*:\d*:alarm:/, '')))]
}

/** Errors are counted at the target groups of application load balancers alone. */
export function whyUncounted(groups: readonly Pick<TargetGroup, 'balancers'>[]): Lack | undefined {
  if (groups.some(({ balancers }) => balancers.some(arn => arn.includes(':loadbalancer/app/')))) return undefined
  return {
    found: 'no service of this stage is behind an application load balancer, which alone counts answers and errors',
    remedy: 'take watch.errorRate out of the application file, or watch an alarm',
  }
}
