import { asEnvironment, taskKey } from './aws/access.ts'
import { createCloudFormation } from './aws/cloudformation.ts'
import { createCloudFront } from './aws/cloudfront.ts'
import { createCloudTrail } from './aws/cloudtrail.ts'
import { createCloudWatch } from './aws/cloudwatch.ts'
import { createDynamo } from './aws/dynamodb.ts'
import { LAYER_HOST, openLayerHost } from './aws/ecr/layer-host.ts'
import { createEcr } from './aws/ecr.ts'
import { createEcs } from './aws/ecs/ecs.ts'
import { createElbv2 } from './aws/elbv2.ts'
import { createEvents, type Events } from './aws/events.ts'
import { startGateway } from './aws/gateway.ts'
import { createHttpApis } from './aws/http-api.ts'
import { createIam } from './aws/iam/iam.ts'
import { createIamRoles } from './aws/iam-roles.ts'
import { createEventSources } from './aws/lambda/event-sources.ts'
import type { AccessKey } from './aws/lambda/functions.ts'
import { createLambda, type Lambda, type LambdaOptions } from './aws/lambda/lambda.ts'
import { createCloudWatchLogs } from './aws/logs.ts'
import { createRds } from './aws/rds.ts'
import { createS3 } from './aws/s3.ts'
import { createSecrets } from './aws/secrets-manager.ts'
import { ACCOUNT, arn } from './aws/service.ts'
import { createSns, type OutgoingMail } from './aws/sns.ts'
import { createSqs, type Sqs } from './aws/sqs.ts'
import { createSsm } from './aws/ssm.ts'
import { createStates } from './aws/states.ts'
import { createSts } from './aws/sts.ts'
import type { Principal } from './aws/wire/caller.ts'
import { Senders } from './aws/wire/senders.ts'
import { type Clock, createClock } from './clock.ts'
import { createLoadBalancers } from './fleet/load-balancers.ts'
import { createMemoryFleet } from './fleet/memory.ts'
import { createPostgres } from './fleet/postgres.ts'
import { createProcessFleet } from './fleet/processes.ts'
import { createUsers } from './fleet/users.ts'
import { createLogs } from './process/logs.ts'
import { treeMemory } from './process/memory.ts'
import { asRehearsed } from './process/world.ts'
import type { Mail, RehearsedServices, ServicesOptions } from './rehearsed-services.ts'

const OPERATOR: AccessKey = { accessKeyId: 'AKIAOPERATOR00000000', secretAccessKey: 'operator' }

export async function startServices(options: ServicesOptions): Promise<RehearsedServices> {
  const onSurprise = options.onSurprise ?? endProcess
  const clock = createClock(options)
  const cloudWatchLogs = createCloudWatchLogs({ clock, handOn: createLogs(options.logDir) })
  const logs = cloudWatchLogs.write
  const iam = createIam(options)
  const principals = new Map<string, Principal>()
  const addPrincipal = ({ accessKeyId, secretAccessKey }: AccessKey, principal: string) =>
    void principals.set(accessKeyId, { principal, secretAccessKey })
  addPrincipal(OPERATOR, `arn:aws:iam::${ACCOUNT}:user/operator`)

  const loadBalancers = createLoadBalancers({ clock })
  const further: Record<string, number> = {}
  const hosts = () => ({ ...loadBalancers.ports(), ...further })
  let endpoint = ''
  const sqs = createSqs({ clock, endpoint: () => endpoint })
  const senders = new Senders(clock)
  const lambda = createLambda({
    clock,
    senders,
    iam,
    endpoint: () => endpoint,
    logs,
    hosts,
    queues: sqs,
    onSurprise,
    ...keepingWarm(options),
  })
  const events = createEventsFor(lambda, clock, sqs)
  const dynamodb = createDynamo({ clock })
  const layers = await openLayerHost(clock)
  further[LAYER_HOST] = layers.port
  const ecr = createEcr({ clock, bus: events, layers })
  const secrets = createSecrets({ clock })
  const asTask = { clock, ...asRehearsed(clock, hosts), ...(options.runMs !== undefined && { runMs: options.runMs }) }
  const fleet = options.drive === 'jump' ? createMemoryFleet({ ...asTask, hosts }) : createProcessFleet(asTask)
  const roleEnvironment = (role: string) => {
    const key = taskKey(role)
    addPrincipal(key, role)
    return asEnvironment(endpoint, key)
  }
  const visible = (name: string) => sqs.queue(arn('sqs', name))?.count('visible')
  const cloudWatch = createCloudWatch({ clock, bus: events, loadBalancers, visible })
  const tasks = { images: ecr, targets: loadBalancers, fleet, logs, secrets: secrets.read, roleEnvironment }
  const ecs = createEcs({ clock, bus: events, alarms: cloudWatch.ringing, ...tasks })
  const postgres = options.postgres ?? createPostgres()
  const rds = createRds({ clock, bus: events, postgres, hosts: further })
  const states = createStates({ clock, bus: events, functions: lambda, iam })
  const cloudFormation = createCloudFormation({ clock })
  const mailbox: Mail[] = []
  const mail = ({ to, subject, text }: OutgoingMail) => void mailbox.push({ to, subject, text, at: clock.now() })
  const sns = createSns({ clock, queues: sqs, mail })
  const had = options.lasting ? lasting : undefined
  const port = options.apiPort ?? had?.api
  const httpApis = createHttpApis({ clock, functions: lambda, onSurprise, ...(port !== undefined && { port }) })
  const s3 = createS3({ clock })
  const ssm = createSsm({ clock })
  const iamRoles = createIamRoles({ clock })
  const cloudTrail = createCloudTrail()
  const cloudFront = createCloudFront({ clock })
  const compute = [lambda, events, ecr, ecs, states, cloudFormation, createElbv2({ loadBalancers })]
  const services = [
    ...compute,
    ...[rds, sqs, sns, secrets, createSts(), iamRoles, cloudTrail],
    ...[s3, ssm, cloudWatch, cloudWatchLogs, cloudFront],
  ]
  const gateway = await clock.during('start', () =>
    startGateway({
      ...{ clock, services, dynamodb, principals, iam, senders, onSurprise },
      ...{ quotas: options.quotas ?? true, port: had?.gateway },
    }),
  )
  endpoint = gateway.endpoint

  return {
    clock,
    endpoint,
    env: asEnvironment(endpoint, OPERATOR),
    iam,
    access: iam.access,
    lambda,
    states,
    events,
    dynamodb,
    ecr,
    ecs,
    rds,
    cloudFormation,
    sns,
    sqs,
    eventSources: createEventSources({ clock, lambda, queues: sqs, iam, onSurprise }),
    httpApis,
    secrets,
    s3,
    ssm,
    cloudWatch,
    cloudFront,
    iamRoles,
    cloudTrail,
    alarms: cloudWatch.stackAlarms,
    mailbox,
    loadBalancers,
    hosts: further,
    faults: gateway.faults,
    throttled: gateway.throttled,
    createUsers: ({ url, perSecond }) => createUsers({ clock, loadBalancers, url, perSecond }),
    addPrincipal,
    memory: () => treeMemory(),
    async stop() {
      clock.stop()
      if (had) Object.assign(had, { gateway: gateway.port, api: portIn(httpApis.list()[0]?.url) })
      await Promise.all([lambda.stop(), fleet.stop()])
      await Promise.all([gateway.close(), loadBalancers.close(), httpApis.close(), layers.close()])
      await postgres.stop()
    },
  }
}

/** Where the last rehearsal of this process was that was to last: what is warm was told so. */
const lasting: { gateway?: number; api?: number } = {}

const portIn = (url: string | undefined) => (url === undefined ? undefined : Number(new URL(url).port))

const WARM_BESIDE_TASKS_IN_MEMORY = 32

function keepingWarm({
  keepWarm,
  drive,
  lasting,
}: ServicesOptions): Pick<LambdaOptions, 'keepWarm' | 'inThreads' | 'lasting'> {
  if (keepWarm !== undefined) return { keepWarm }
  if (drive === 'paced') return {}
  return { keepWarm: WARM_BESIDE_TASKS_IN_MEMORY, inThreads: true, ...(lasting !== undefined && { lasting }) }
}

/** Events for functions only; a function must allow a rule that sends it something. */
function createEventsFor(lambda: Lambda, clock: Clock, queues: Sqs): Events {
  return createEvents({
    clock,
    queues,
    deliver(target, event, rule) {
      lambda.invokeLater(target, event, { service: 'events.amazonaws.com', arns: [arn('events', `rule/${rule}`)] })
    },
  })
}

function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
