import {
  type ContainerDefinition,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs'
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds'
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Stage } from '../../domain/application.ts'
import { EXECUTION_ROLE, logsTo, SUBNETS, TASK_ROLE, type Until } from './ground.ts'

/** Where a stage keeps its books: the secret that tasks get as DATABASE_URL. */
export interface Database {
  secretArn: string
}

const [USER, PASSWORD, NAME] = ['shop', 'a-long-walk-home', 'shop']

const rds = () => new RDSClient({})
const ecs = () => new ECSClient({})

export function databaseId(app: string, { backup, name }: Stage): string {
  return backup && 'id' in backup ? backup.id : `${app}-${name}`
}

/** Creates the database of a stage that backs one up or migrates one, and waits until it is there; undefined: it has none. */
export async function createDatabase(app: string, stage: Stage, until: Until): Promise<Database | undefined> {
  const { backup, migrate } = stage
  if (!migrate && (!backup || backup.kind === 'none')) return undefined
  const id = databaseId(app, stage)
  // Two stages may share one.
  const isCluster = backup?.kind === 'rds-cluster'
  const there = await (isCluster ? clusterAddressOf : addressOf)(id)
  const address = there ?? (await (isCluster ? cluster : instance)(id, until))
  const { ARN = '' } = await new SecretsManagerClient({}).send(
    new CreateSecretCommand({
      Name: `${app}/${stage.name}/database`,
      SecretString: `postgres://${USER}:${PASSWORD}@${address}:5432/${NAME}`,
    }),
  )
  return { secretArn: ARN }
}

const OWNER = { MasterUsername: USER, MasterUserPassword: PASSWORD }

async function instance(id: string, until: Until): Promise<string> {
  await rds().send(
    new CreateDBInstanceCommand({
      ...{ DBInstanceIdentifier: id, DBInstanceClass: 'db.t4g.micro', Engine: 'postgres', AllocatedStorage: 20 },
      ...{ ...OWNER, DBName: NAME, BackupRetentionPeriod: 7 },
    }),
  )
  return available(id, until)
}

async function cluster(id: string, until: Until): Promise<string> {
  const Engine = 'aurora-postgresql'
  await rds().send(new CreateDBClusterCommand({ DBClusterIdentifier: id, Engine, ...OWNER, DatabaseName: NAME }))
  const first = { DBInstanceIdentifier: `${id}-1`, DBInstanceClass: 'db.t4g.medium' }
  await rds().send(new CreateDBInstanceCommand({ ...first, DBClusterIdentifier: id, Engine }))
  await available(`${id}-1`, until)
  return (await clusterAddressOf(id)) ?? ''
}

async function available(id: string, until: Until): Promise<string> {
  return until(`database ${id}`, () => addressOf(id))
}

/** Undefined until it is available, or where there is none. */
async function addressOf(id: string): Promise<string | undefined> {
  const { DBInstances = [] } = await rds().send(new DescribeDBInstancesCommand({}))
  const found = DBInstances.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id.toLowerCase())
  return found?.DBInstanceStatus === 'available' ? found.Endpoint?.Address : undefined
}

/** The same of a cluster, which is there once its instance is. */
async function clusterAddressOf(id: string): Promise<string | undefined> {
  const { DBClusters = [] } = await rds().send(new DescribeDBClustersCommand({}))
  return DBClusters.find(({ DBClusterIdentifier }) => DBClusterIdentifier === id.toLowerCase())?.Endpoint
}

/** Registers the task that backs a stage's database up, and makes the bucket that it writes to. */
export async function setUpBackup({ backup }: Stage, image: string, database: Database): Promise<void> {
  if (backup?.kind !== 'task') return
  await createBucket(backup.bucket)
  const environment = [{ name: 'BUCKET', value: backup.bucket }]
  await registerTask(backup, { image, command: ['backup'], environment }, database)
}

/** Two stages may share one. */
async function createBucket(Bucket: string): Promise<void> {
  try {
    await new S3Client({}).send(new CreateBucketCommand({ Bucket }))
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error
  }
}

/** A task of its own that reaches the database. */
async function registerTask(
  { taskDefinition: family, container: name }: { taskDefinition: string; container: string },
  container: Pick<ContainerDefinition, 'image' | 'command' | 'environment'>,
  database: Database,
): Promise<void> {
  await ecs().send(
    new RegisterTaskDefinitionCommand({
      ...{ family, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
      ...{ executionRoleArn: EXECUTION_ROLE, taskRoleArn: TASK_ROLE },
      containerDefinitions: [
        {
          ...{ name, essential: true, ...container },
          secrets: [{ name: 'DATABASE_URL', valueFrom: database.secretArn }],
          logConfiguration: logsTo(family),
        },
      ],
    }),
  )
}

/** Registers the task that migrates a stage's database, and brings the schema to the version of this image; where nobody migrates it later, too. */
export async function setUpMigration(stage: Stage, image: string, database: Database, until: Until): Promise<void> {
  const { cluster, migrate = { taskDefinition: `${cluster}-set-up`, container: 'set-up' } } = stage
  const family = migrate.taskDefinition
  await registerTask(migrate, { image, command: ['migrate'] }, database)
  const networkConfiguration = { awsvpcConfiguration: { subnets: SUBNETS } }
  const { tasks: [started] = [] } = await ecs().send(
    new RunTaskCommand({ cluster, taskDefinition: family, launchType: 'FARGATE', networkConfiguration }),
  )
  const exitCode = await until(`the first migration of ${stage.name}`, async () => {
    const { tasks: [task] = [] } = await ecs().send(
      new DescribeTasksCommand({ cluster, tasks: [started?.taskArn ?? ''] }),
    )
    return task?.lastStatus === 'STOPPED' ? (task.containers?.[0]?.exitCode ?? task.stoppedReason) : undefined
  })
  if (exitCode !== 0) throw new Error(`the first migration of ${stage.name} ended with ${exitCode}`)
}
