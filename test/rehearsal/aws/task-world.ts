import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionRequest,
  RunTaskCommand,
  type RunTaskRequest,
  type Task,
} from '@aws-sdk/client-ecs'
import { S3Client } from '@aws-sdk/client-s3'
import { startServices } from '../../../rehearsal/index.ts'
import { IMAGES } from '../fleet/world.ts'

const REPOSITORY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/tool'
const HOUR_MS = 3_600_000
/** What hangs takes as long in real time. */
const HANGING_MS = 1_500

/** The services with a cluster `shop` and the image `tool`, and SDK clients of an operator. */
export async function createTaskWorld(drive: 'jump' | 'paced') {
  const logDir = mkdtempSync(join(tmpdir(), 'logs-'))
  const services = await startServices({ drive, speed: 120, logDir, runMs: HANGING_MS })
  const config = {
    endpoint: services.endpoint,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: services.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: services.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  }
  const ecs = new ECSClient(config)
  await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }))
  services.ecr.createRepository('tool')
  services.ecr.push({ repository: 'tool', tag: 'v1', folder: `${IMAGES}tool` })
  const world = {
    ...services,
    clients: { ecs, logs: new CloudWatchLogsClient(config), s3: new S3Client(config) },
    async register(container: Partial<ContainerDefinition> = {}, more: Partial<RegisterTaskDefinitionRequest> = {}) {
      const options = { 'awslogs-group': '/shop/tool', 'awslogs-stream-prefix': 'ecs' }
      const tool = {
        name: 'tool',
        image: `${REPOSITORY}:v1`,
        logConfiguration: { logDriver: 'awslogs' as const, options },
      }
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'tool',
          networkMode: 'awsvpc',
          requiresCompatibilities: ['FARGATE'],
          cpu: '256',
          memory: '512',
          containerDefinitions: [{ ...tool, ...container }],
          ...more,
        }),
      )
      return taskDefinition?.taskDefinitionArn ?? ''
    },
    run: (more: Partial<RunTaskRequest> = {}) => ecs.send(new RunTaskCommand({ ...runOf(), ...more })),
    /** Runs one task with this command and waits until it has stopped. */
    async ran(command: string[], more: Partial<RunTaskRequest> = {}): Promise<Task> {
      const { tasks: [task] = [] } = await world.run({ ...commanded(command), ...more })
      return world.stopped(task?.taskArn)
    },
    async task(arn: string | undefined): Promise<Task> {
      const { tasks: [task] = [] } = await ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [arn ?? ''] }))
      if (!task) throw new Error(`${arn} is not told any more`)
      return task
    },
    async has(arn: string | undefined, status: string): Promise<Task> {
      const deadline = services.clock.now() + HOUR_MS
      for (;;) {
        const task = await world.task(arn)
        if (task.lastStatus === status) return task
        if (services.clock.now() > deadline) throw new Error(`never ${status}: ${arn} is ${task.lastStatus}`)
        await services.clock.sleep(1000)
      }
    },
    stopped: (arn: string | undefined) => world.has(arn, 'STOPPED'),
    /** What a task printed, as its log stream tells it. */
    async printed({ taskArn }: Task): Promise<(string | undefined)[]> {
      const logStreamName = `ecs/tool/${taskArn?.split('/').at(-1)}`
      const ask = new GetLogEventsCommand({ logGroupName: '/shop/tool', logStreamName })
      return (await world.clients.logs.send(ask)).events?.map(({ message }) => message) ?? []
    },
    async close() {
      await services.stop()
      rmSync(logDir, { recursive: true })
    },
  }
  return world
}

export type TaskWorld = Awaited<ReturnType<typeof createTaskWorld>>

export function runOf(): RunTaskRequest {
  return {
    cluster: 'shop',
    taskDefinition: 'tool',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
  }
}

export function commanded(command: string[]): Pick<RunTaskRequest, 'overrides'> {
  return { overrides: { containerOverrides: [{ name: 'tool', command }] } }
}
