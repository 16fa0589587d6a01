import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { setUpAccount } from '../../apps/demo-fleet/account.ts'
import { createAlarms } from '../../apps/demo-fleet/alarms.ts'
import { createDatabase, type Database } from '../../apps/demo-fleet/database.ts'
import { createFront, type Front, hostsOf, PORT } from '../../apps/demo-fleet/front.ts'
import { EXECUTION_ROLE, SUBNETS, TASK_ROLE, type Until } from '../../apps/demo-fleet/ground.ts'
import type { Application, Service, Stage } from '../../domain/application.ts'

export const FIRST_TAG = 'v1'

interface Account {
  push: (repository: string) => void
  until: Until
}

/** A fleet in which nothing is done that a release does not look at: it is created thousands of times. */
export async function createFleet(application: Application, { push, until }: Account) {
  const { app, images, stages, notify } = application
  await setUpAccount()
  const addresses = new Map<string, string>()
  for (const [image, repositoryName] of Object.entries(images)) {
    const { repository } = await new ECRClient({}).send(new CreateRepositoryCommand({ repositoryName }))
    addresses.set(image, `${repository?.repositoryUri}:${FIRST_TAG}`)
    push(repositoryName)
  }
  const hosts: Record<string, string> = {}
  for (const stage of stages) {
    await new ECSClient({}).send(new CreateClusterCommand({ clusterName: stage.cluster }))
    const front = await createFront(app, stage)
    await createAlarms(stage, front)
    for (const host of hostsOf(stage)) hosts[host] = front.dnsName
    const database = await createDatabase(app, stage, until)
    const { migrate } = stage
    if (migrate)
      await registerTask(migrate.taskDefinition, {
        ...{ name: migrate.container, image: addresses.get(migrate.image), command: ['migrate'] },
        ...(database && secretOf(database)),
      })
    for (const service of stage.services) await createService(stage, service, front, addresses.get(service.image))
  }
  for (const { secret } of [notify.slack, notify.pagerduty].filter(told => told !== undefined))
    await createSecret(secret, secret === notify.slack?.secret ? { token: 'xoxb-rehearsal' } : { routingKey: KEY })
  return { hosts, urls: Object.keys(hosts).map(host => `http://${host}/`) }
}

const KEY = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6'

const secretOf = ({ secretArn }: Database) => ({ secrets: [{ name: 'DATABASE_URL', valueFrom: secretArn }] })

async function registerTask(family: string, container: object): Promise<string> {
  const { taskDefinition } = await new ECSClient({}).send(
    new RegisterTaskDefinitionCommand({
      ...{ family, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
      ...{ executionRoleArn: EXECUTION_ROLE, taskRoleArn: TASK_ROLE },
      containerDefinitions: [{ essential: true, ...container }],
    }),
  )
  return taskDefinition?.taskDefinitionArn ?? ''
}

async function createService(
  { cluster }: Stage,
  { service, container: name, strategy }: Service,
  { loadBalancers }: Front,
  image: string | undefined,
): Promise<void> {
  const behind = loadBalancers.get(service)
  const taskDefinition = await registerTask(service, { name, image, portMappings: [{ containerPort: PORT }] })
  await new ECSClient({}).send(
    new CreateServiceCommand({
      ...{ cluster, serviceName: service, taskDefinition, desiredCount: 1, launchType: 'FARGATE' },
      networkConfiguration: { awsvpcConfiguration: { subnets: SUBNETS } },
      ...(behind && { loadBalancers: [behind] }),
      deploymentConfiguration: {
        ...{ minimumHealthyPercent: 100, maximumPercent: 200 },
        ...(strategy === 'blue-green' ? { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 } : { strategy: 'ROLLING' }),
      },
    }),
  )
}

async function createSecret(Name: string, value: object): Promise<void> {
  await new SecretsManagerClient({}).send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }))
}
