import { parsed, UsageError } from '../arguments.ts'

export const USAGE = `usage: npm run probe -- [--cluster NAME --service NAME] [--json]
       npm run probe -- --throw-away --yes --cluster NAME --task-definition FAMILY --subnets ID,ID [--security-groups ID,ID]
                        [--assign-public-ip] [--machine-role ARN]
                        [--listener ARN --vpc ID --load-balancer-role ARN [--port N] [--health-path PATH]] [--json]
       npm run probe -- --clean-up [--yes] [--json]`

const OPTIONS = {
  'throw-away': { type: 'boolean', default: false },
  'clean-up': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  cluster: { type: 'string' },
  service: { type: 'string' },
  'task-definition': { type: 'string' },
  subnets: { type: 'string' },
  'security-groups': { type: 'string' },
  'assign-public-ip': { type: 'boolean' },
  'machine-role': { type: 'string' },
  listener: { type: 'string' },
  vpc: { type: 'string' },
  'load-balancer-role': { type: 'string' },
  port: { type: 'string' },
  'health-path': { type: 'string' },
} as const

/** What each may look like; one that may be several holds a list. */
const FORMS: Partial<Record<keyof typeof OPTIONS, { form: RegExp; such: string }>> = {
  cluster: { form: /^[A-Za-z0-9_-]{1,255}$/, such: 'the name of an ECS cluster' },
  service: { form: /^[A-Za-z0-9_-]{1,255}$/, such: 'the name of an ECS service' },
  'task-definition': {
    form: /^[A-Za-z0-9_-]{1,255}(:\d{1,9})?$/,
    such: 'a family of task definitions, or family:revision',
  },
  subnets: { form: /^subnet-[0-9a-z]+(,subnet-[0-9a-z]+)*$/, such: 'subnets, such as subnet-0a1b2c3d,subnet-4e5f6a7b' },
  'security-groups': { form: /^sg-[0-9a-z]+(,sg-[0-9a-z]+)*$/, such: 'security groups, such as sg-0a1b2c3d' },
  'machine-role': { form: /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, such: 'the ARN of a role' },
  listener: {
    form: /^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:listener\/app\/.+$/,
    such: 'the ARN of a listener of an application load balancer',
  },
  vpc: { form: /^vpc-[0-9a-z]+$/, such: 'a VPC, such as vpc-0a1b2c3d' },
  'load-balancer-role': { form: /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, such: 'the ARN of a role' },
  port: { form: /^[1-9]\d{0,4}$/, such: 'a port' },
  'health-path': { form: /^\/[^\s]{0,1023}$/, such: 'a path, such as /health' },
}

const OF_THROW_AWAY = [
  ...(['task-definition', 'subnets', 'security-groups', 'assign-public-ip', 'machine-role'] as const),
  ...(['listener', 'vpc', 'load-balancer-role', 'port', 'health-path'] as const),
]
const OF_A_PROBE = ['throw-away', 'cluster', 'service', ...OF_THROW_AWAY] as const
const NEEDED = ['cluster', 'task-definition', 'subnets'] as const
const WIRING = ['listener', 'vpc', 'load-balancer-role'] as const

export interface ThrowAway {
  /** Whether it was said that things may be made. */
  isMeant: boolean
  cluster: string
  taskDefinition: string
  subnets: string[]
  securityGroups: string[]
  assignPublicIp: boolean
  machineRole?: string
  wiring?: { listener: string; vpc: string; loadBalancerRole: string; port: number; healthPath: string }
}

export type WantedAnswers = { json: boolean } & (
  | { kind: 'read-only'; of?: { cluster: string; service: string } }
  | { kind: 'throw-away'; make: ThrowAway }
)

export interface WantedCleanUp {
  kind: 'clean-up'
  json: boolean
  /** Otherwise it only looks what there is to remove. */
  isMeant: boolean
}

export type Wanted = WantedAnswers | WantedCleanUp

/** Throws a UsageError for what cannot be meant. */
export function wantedBy(args: string[]): Wanted {
  const { values } = parsed(args, OPTIONS, USAGE)
  for (const [name, { form, such }] of Object.entries(FORMS)) {
    const value = values[name as keyof typeof values]
    if (value !== undefined && !form.test(String(value))) throw new UsageError(`--${name} ${value}: must be ${such}`)
  }
  const { json, cluster, service } = values
  if (values['clean-up']) {
    const stray = OF_A_PROBE.find(name => values[name])
    if (stray) throw new UsageError(`--${stray} does not go with --clean-up, which looks everywhere; take it out`)
    return { kind: 'clean-up', json, isMeant: values.yes }
  }
  if (!values['throw-away']) {
    if (values.yes) throw new UsageError(`--yes belongs to --throw-away or --clean-up; write one of them\n${USAGE}`)
    const stray = OF_THROW_AWAY.find(name => values[name])
    if (stray) throw new UsageError(`--${stray} belongs to --throw-away; write both, or neither\n${USAGE}`)
    if (cluster === undefined && service === undefined) return { kind: 'read-only', json }
    if (cluster === undefined || service === undefined)
      throw new UsageError(
        `--${cluster === undefined ? 'cluster' : 'service'} is missing; write --cluster and --service`,
      )
    return { kind: 'read-only', json, of: { cluster, service } }
  }
  if (service !== undefined) throw new UsageError('--throw-away makes a service of its own; take --service out')
  const missing = NEEDED.find(name => values[name] === undefined)
  if (missing) throw new UsageError(`--throw-away needs --${missing}; write it\n${USAGE}`)
  return { kind: 'throw-away', json, make: throwAwayOf(values) }
}

type Values = ReturnType<typeof parsed<typeof OPTIONS>>['values']

function throwAwayOf(values: Values): ThrowAway {
  const { cluster = '', subnets = '', listener, vpc, port = '80' } = values
  const given = WIRING.filter(name => values[name] !== undefined)
  const lacking = WIRING.find(name => values[name] === undefined)
  if (given.length > 0 && lacking) throw new UsageError(`--${given[0]} needs --${lacking} beside it; write it`)
  if (Number(port) > 65_535) throw new UsageError(`--port ${port}: must be a port`)
  const machineRole = values['machine-role']
  const loadBalancerRole = values['load-balancer-role']
  const isWired = listener !== undefined && vpc !== undefined && loadBalancerRole !== undefined
  const wiring = isWired && {
    ...{ listener, vpc, loadBalancerRole, port: Number(port), healthPath: values['health-path'] ?? '/' },
  }
  return {
    isMeant: values.yes,
    cluster,
    taskDefinition: values['task-definition'] ?? '',
    subnets: subnets.split(','),
    securityGroups: values['security-groups']?.split(',') ?? [],
    assignPublicIp: values['assign-public-ip'] ?? false,
    ...(machineRole !== undefined && { machineRole }),
    ...(wiring && { wiring }),
  }
}
