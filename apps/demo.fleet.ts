import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Application, Service, Stage } from '../domain/application.ts'
import { setUpAccount } from './demo-fleet/account.ts'
import { createAlarms } from './demo-fleet/alarms.ts'
import { createDatabase, type Database, databaseId, setUpBackup, setUpMigration } from './demo-fleet/database.ts'
import { createFront, type Front, hostsOf, PORT } from './demo-fleet/front.ts'
import { EXECUTION_ROLE, logsTo, SUBNETS, type Until } from './demo-fleet/ground.ts'

/**
 * What the owners of an application have made before Sluice comes: repositories, and for each stage a database, a cluster, a
 * load balancer and the services. Ordinary SDK calls; names, containers and hosts are those of the application file.
 */
export async function createFleet(application: Application, { push, until }: Account): Promise<Fleet> {
  await setUpAccount()
  const repositories = new Map<string, string>()
  for (const [image, repositoryName] of Object.entries(application.images)) {
    const { repository } = await ecr().send(new CreateRepositoryCommand({ repositoryName }))
    repositories.set(image, repository?.repositoryUri ?? '')
    push(repositoryName)
  }
  const hosts: Fleet['hosts'] = {}
  const create = async (stage: Stage) => {
    await ecs().send(new CreateClusterCommand({ clusterName: stage.cluster }))
    const front = await createFront(application.app, stage)
    await createAlarms(stage, front)
    for (const host of hostsOf(stage)) hosts[host] = front.dnsName
    const database = await createDatabase(application.app, stage, until)
    if (database) {
      const image = stage.migrate?.image ?? stage.services[0]?.image ?? ''
      const first = `${repositories.get(image)}:${FIRST_TAG}`
      await setUpBackup(stage, first, database)
      await setUpMigration(stage, first, database, until)
    }
    for (const service of stage.services) {
      const image = `${repositories.get(service.image)}:${FIRST_TAG}`
      const task = await registerTask(stage, service, image, database)
      const desiredCount = stage === application.stages.at(-1) ? 2 : 1
      await createService(stage, service, { front, task, desiredCount })
    }
  }
  // Stages that share a database come one after the other.
  const lanes = Object.values(Object.groupBy(application.stages, stage => databaseId(application.app, stage)))
  await Promise.all(
    lanes.map(async (lane = []) => {
      for (const stage of lane) await create(stage)
    }),
  )
  await createSecrets(application.notify)
  return { hosts, urls: usersUrls(application) }
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
  urls: string[]
}

export const FIRST_TAG = 'v1'

const ecr = () => new ECRClient({})
const ecs = () => new ECSClient({})

const CHECK = {
  command: ['CMD-SHELL', `curl -f http://localhost:${PORT}/health || exit 1`],
  interval: 10,
  retries: 2,
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
      executionRoleArn: EXECUTION_ROLE,
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
          // The others have no shell to ask themselves with.
          ...(service === stage.services[0]?.service && { healthCheck: CHECK }),
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
  { service, strategy }: Service,
  { front, task, desiredCount }: { front: Front; task: string; desiredCount: number },
): Promise<void> {
  const behind = front.loadBalancers.get(service)
  await ecs().send(
    new CreateServiceCommand({
      cluster: stage.cluster,
      serviceName: service,
      taskDefinition: task,
      desiredCount,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: SUBNETS } },
      ...(behind && { loadBalancers: [behind], healthCheckGracePeriodSeconds: GRACE_SECONDS }),
      deploymentConfiguration: {
        ...{ minimumHealthyPercent: 100, maximumPercent: 200 },
        ...(strategy === 'blue-green'
          ? { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1 }
          : { strategy: 'ROLLING', deploymentCircuitBreaker: { enable: true, rollback: true } }),
      },
    }),
  )
}

/** Some of the shop's images take ten minutes to open. */
const GRACE_SECONDS = 900

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

/** The front page of every service that is asked anything. */
function usersUrls({ stages }: Application): string[] {
  const last = stages.at(-1)
  const origins = new Set((last?.smoke ?? []).map(({ url }) => new URL(url).origin))
  return origins.size > 0 ? [...origins].map(origin => `${origin}/`) : [`http://${last?.cluster}.example/`]
}
