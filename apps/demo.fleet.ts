import { createHash } from 'node:crypto'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Application, Service, Stage } from '../domain/application.ts'
import { createDatabase, type Database, setUpBackup, setUpMigration } from './demo-fleet/database.ts'
import { EXECUTION_ROLE, logsTo, SUBNETS, type Until } from './demo-fleet/ground.ts'

/**
 * What the owners of an application have made before Sluice comes: repositories, and for each stage a database, a cluster, a
 * load balancer and the services. Ordinary SDK calls; names, containers and hosts are those of the application file.
 */
export async function createFleet(application: Application, { push, until }: Account): Promise<Fleet> {
  const repositories = new Map<string, string>()
  for (const [image, repositoryName] of Object.entries(application.images)) {
    const { repository } = await ecr().send(new CreateRepositoryCommand({ repositoryName }))
    repositories.set(image, repository?.repositoryUri ?? '')
    push(repositoryName)
  }
  const hosts: Fleet['hosts'] = {}
  for (const stage of application.stages) {
    await ecs().send(new CreateClusterCommand({ clusterName: stage.cluster }))
    const front = await createLoadBalancer(application.app, stage)
    for (const host of hostsOf(stage)) hosts[host] = front.dnsName
    const database = await createDatabase(application.app, stage, until)
    if (database) {
      const image = stage.migrate?.image ?? stage.services[0]?.image ?? ''
      const first = `${repositories.get(image)}:${FIRST_TAG}`
      await setUpBackup(stage, first, database)
      await setUpMigration(stage, first, database, until)
    }
    for (const service of stage.services) {
      const targetGroupArn = front.targetGroups.get(service.service)
      const image = `${repositories.get(service.image)}:${FIRST_TAG}`
      const task = await registerTask(stage, service, image, database)
      const desiredCount = stage === application.stages.at(-1) ? 2 : 1
      await createService(stage, service, { targetGroupArn, task, desiredCount })
    }
  }
  await createSecrets(application.notify)
  return { hosts, url: usersUrl(application) }
}

export interface Account {
  /** Pushes the first version of a repository's image; `docker push` is no SDK call. */
  push: (repository: string) => void
  until: Until
}

export interface Fleet {
  /** Host names of the application file → DNS name of the load balancer that answers there. */
  hosts: Record<string, string>
  /** What the users of the last stage ask for. */
  url: string
}

export const FIRST_TAG = 'v1'
const PORT = 3000

const ecr = () => new ECRClient({})
const ecs = () => new ECSClient({})
const elb = () => new ElasticLoadBalancingV2Client({})

async function createLoadBalancer(app: string, stage: Stage) {
  const front = new CreateLoadBalancerCommand({ Name: within32(`${app}-${stage.name}`), Subnets: SUBNETS })
  const { LoadBalancers: [balancer] = [] } = await elb().send(front)
  const targetGroups = new Map<string, string>()
  // A service that nobody asks anything is a worker: it has no target group.
  const asked = stage.services.filter(
    ({ service }, at) => at === 0 || stage.smoke.some(test => test.service === service),
  )
  for (const { service } of asked) targetGroups.set(service, await createTargetGroup(stage, service))
  const [first] = targetGroups.values()
  for (const [port, Protocol] of portsOf(stage)) {
    const { Listeners: [listener] = [] } = await elb().send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer?.LoadBalancerArn,
        Port: port,
        Protocol,
        ...(Protocol === 'HTTPS' ? { Certificates: [{ CertificateArn: CERTIFICATE }] } : {}),
        DefaultActions: [{ Type: 'forward', TargetGroupArn: first }],
      }),
    )
    await createRules(stage, listener?.ListenerArn ?? '', targetGroups)
  }
  return { dnsName: balancer?.DNSName ?? '', targetGroups }
}

const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012'

async function createTargetGroup(stage: Stage, service: string): Promise<string> {
  const { TargetGroups: [group] = [] } = await elb().send(
    new CreateTargetGroupCommand({
      Name: within32(`${stage.name}-${service}`),
      Protocol: 'HTTP',
      Port: PORT,
      VpcId: 'vpc-0a1b2c3d',
      TargetType: 'ip',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
    }),
  )
  const TargetGroupArn = group?.TargetGroupArn ?? ''
  const delay = { Key: 'deregistration_delay.timeout_seconds', Value: '30' }
  await elb().send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [delay] }))
  return TargetGroupArn
}

/** What is asked of a service by its smoke tests' hosts and paths goes to that service; all else to the first one. */
async function createRules(stage: Stage, ListenerArn: string, targetGroups: Map<string, string>): Promise<void> {
  let Priority = 1
  for (const { service, url } of stage.services.length > 1 ? stage.smoke : []) {
    const { hostname, pathname } = new URL(url)
    const Conditions = [
      { Field: 'host-header', HostHeaderConfig: { Values: [hostname] } },
      { Field: 'path-pattern', PathPatternConfig: { Values: [pathname] } },
    ]
    const Actions = [{ Type: 'forward' as const, TargetGroupArn: targetGroups.get(service) }]
    await elb().send(new CreateRuleCommand({ ListenerArn, Priority: Priority++, Conditions, Actions }))
  }
}

async function registerTask(
  stage: Stage,
  { service, container }: Service,
  image: string,
  database: Database | undefined,
): Promise<string> {
  const { taskDefinition } = await ecs().send(
    new RegisterTaskDefinitionCommand({
      family: `${stage.cluster}-${service}`,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      ...(database && { executionRoleArn: EXECUTION_ROLE }),
      containerDefinitions: [
        {
          name: container,
          image,
          essential: true,
          portMappings: [{ containerPort: PORT }],
          environment: [
            { name: 'PORT', value: String(PORT) },
            { name: 'STAGE', value: stage.name },
          ],
          healthCheck: {
            command: ['CMD-SHELL', `curl -f http://localhost:${PORT}/health || exit 1`],
            interval: 10,
            retries: 2,
          },
          ...(database && { secrets: [{ name: 'DATABASE_URL', valueFrom: database.secretArn }] }),
          logConfiguration: logsTo(service),
        },
      ],
    }),
  )
  return taskDefinition?.taskDefinitionArn ?? ''
}

async function createService(
  stage: Stage,
  { service, container }: Service,
  { targetGroupArn, task, desiredCount }: { targetGroupArn: string | undefined; task: string; desiredCount: number },
): Promise<void> {
  await ecs().send(
    new CreateServiceCommand({
      cluster: stage.cluster,
      serviceName: service,
      taskDefinition: task,
      desiredCount,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: SUBNETS } },
      ...(targetGroupArn && { loadBalancers: [{ targetGroupArn, containerName: container, containerPort: PORT }] }),
      deploymentConfiguration: {
        strategy: 'ROLLING',
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    }),
  )
}

/** What a person puts there once; the addresses are those of the services themselves. */
async function createSecrets({ slack, pagerduty }: Application['notify']): Promise<void> {
  const secrets = new SecretsManagerClient({})
  const put = (Name: string, value: object) =>
    secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }))
  if (slack?.mode === 'bot') await put(slack.secret, { token: 'xoxb-rehearsal' })
  if (slack?.mode === 'webhook')
    await put(slack.secret, { webhook: 'https://hooks.slack.com/services/T00000000/B00000000/rehearsal' })
  if (pagerduty) await put(pagerduty.secret, { routingKey: 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6' })
}

function hostsOf({ smoke, cluster }: Stage): string[] {
  return smoke.length > 0
    ? smoke.map(({ url }) => new URL(url).hostname)
    : [new URL(`http://${cluster}.example`).hostname]
}

function portsOf({ smoke }: Stage): Map<number, 'HTTP' | 'HTTPS'> {
  const asked = smoke.map(({ url }) => new URL(url))
  const ports = asked.map(({ protocol, port }): [number, 'HTTP' | 'HTTPS'] =>
    protocol === 'https:' ? [Number(port || 443), 'HTTPS'] : [Number(port || 80), 'HTTP'],
  )
  return new Map(ports.length > 0 ? ports : [[80, 'HTTP']])
}

function usersUrl({ stages }: Application): string {
  const last = stages.at(-1)
  const [first] = last?.smoke ?? []
  return first ? `${new URL(first.url).origin}/` : `http://${last?.cluster}.example/`
}

/** Names of load balancers and target groups: at most 32 letters, digits and hyphens. */
function within32(name: string): string {
  if (/^[A-Za-z0-9-]{1,32}$/.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 23)}-${hash}`
}
