import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import { EXECUTION_ROLE, SUBNETS } from '../../apps/demo-fleet/ground.ts'

/** An application with one image and one rolling service in each stage, and nothing around them. */
export interface Simple {
  app: string
  /** Its stages, each with a cluster of its own. */
  stages: string[]
}

const FIRST_TAG = 'v0'

export const repositoryOf = ({ app }: Simple) => `${app}-image`
const clusterOf = ({ app }: Simple, stage: string) => `${app}-${stage}`

/** Writes the application's file; JSON is YAML. */
export function writeApplication(folder: string, simple: Simple): string {
  const file = join(folder, `${simple.app}.yaml`)
  const stages = simple.stages.map(name => ({
    name,
    cluster: clusterOf(simple, name),
    services: [{ service: 'web', container: 'web', image: 'web', strategy: 'rolling' }],
  }))
  const written = { app: simple.app, images: { web: repositoryOf(simple) }, trigger: { tags: '^v\\d+$' }, stages }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(written, undefined, 2))
  return file
}

/** Writes an image that differs from all others in its name, and returns its folder. */
export function writeImage(folder: string, name: string): string {
  const image = join(folder, name)
  mkdirSync(image, { recursive: true })
  writeFileSync(join(image, 'container.mjs'), `export default { fetch: () => new Response('${name}') }\n`)
  return image
}

/** What the application's owners have made before: a repository with a first image, and services of so many tasks that run it. */
export async function createFleet(
  simple: Simple,
  { tasks, push }: { tasks: number; push: (repository: string, tag: string) => void },
): Promise<void> {
  const [ecr, ecs] = [new ECRClient({}), new ECSClient({})]
  const repositoryName = repositoryOf(simple)
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }))
  push(repositoryName, FIRST_TAG)
  for (const stage of simple.stages) {
    const cluster = clusterOf(simple, stage)
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }))
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: cluster, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
        executionRoleArn: EXECUTION_ROLE,
        containerDefinitions: [{ name: 'web', essential: true, image: `${repository?.repositoryUri}:${FIRST_TAG}` }],
      }),
    )
    await ecs.send(
      new CreateServiceCommand({
        ...{ cluster, serviceName: 'web', desiredCount: tasks, launchType: 'FARGATE' },
        taskDefinition: taskDefinition?.taskDefinitionArn,
        networkConfiguration: { awsvpcConfiguration: { subnets: SUBNETS } },
        deploymentConfiguration: { strategy: 'ROLLING', minimumHealthyPercent: 100, maximumPercent: 200 },
      }),
    )
  }
}
