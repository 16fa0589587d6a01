import { AwsError } from '../../../../rehearsal/aws/service.ts'
import { ask, type Defect, definition, refused, service, told } from '../seeds.ts'

const API = { stage: 'production', service: 'demo-api' }
const NO_ROLE = new AwsError('NoSuchEntityException', 'The role cannot be found.', 404)
const NO_SECRET = new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
const NO_DATABASE = new AwsError('DBInstanceNotFoundFault', 'DBInstance not found.', 404)

const database = (more: object) =>
  told(
    ({ rds }) => rds,
    'DescribeDBInstances',
    (all: { DBInstances: object[] }, { DBInstanceIdentifier: id }: { DBInstanceIdentifier: string }) =>
      id === 'demo-staging' ? { DBInstances: all.DBInstances.map(each => ({ ...each, ...more })) } : all,
  )

/** Task definitions with their roles and secrets, databases, and the tasks that change them. */
export const TASKS: Defect[] = [
  {
    defect: 'a task definition without the container',
    seed: definition('demo-production-demo-api', {}, { name: 'shop' }),
    finds: { check: 'task-definition', ...API, found: ' has no container api; it has shop' },
    remedy: 'correct services[].container of stage production in the application file, or the definition',
  },
  {
    defect: 'a task definition that was taken away',
    seed: definition('demo-production-demo-api', { status: 'INACTIVE' }),
    finds: { check: 'task-definition', ...API, found: ', which new revisions are copied from, is INACTIVE' },
    remedy: 'register it again',
  },
  {
    defect: 'an execution role that is not there',
    seed: refused(({ iamRoles }) => iamRoles, 'GetRole', NO_ROLE, 'demo-execution'),
    finds: {
      ...{ check: 'role', stage: 'staging', service: 'demo-api' },
      found:
        'executionRoleArn of task definition demo-staging-demo-api:1 is role arn:aws:iam::111122223333:role/demo-execution, which IAM has not',
    },
    remedy: 'create it, with the policies that it needs: aws iam create-role --role-name demo-execution',
  },
  {
    defect: 'a task role that is written with another path',
    seed: definition('demo-production-demo-api', { taskRoleArn: 'arn:aws:iam::111122223333:role/teams/demo-task' }),
    finds: { check: 'role', ...API, found: "and IAM's role of this name is arn:aws:iam::111122223333:role/demo-task" },
    remedy: 'write the whole ARN',
  },
  {
    defect: 'a task role under a path that is not there',
    seed: definition('demo-production-demo-api', { taskRoleArn: 'arn:aws:iam::111122223333:role/teams/shop/absent' }),
    finds: { check: 'role', ...API, found: 'role arn:aws:iam::111122223333:role/teams/shop/absent, which IAM has not' },
    remedy: 'aws iam create-role --path /teams/shop/ --role-name absent --assume-role-policy-document',
  },
  {
    defect: 'a secret of a container that is not there',
    seed: refused(({ secrets }) => secrets, 'GetSecretValue', NO_SECRET, 'demo/production/database'),
    finds: {
      check: 'task-secret',
      ...API,
      found: 'DATABASE_URL of container api in task definition demo-production-demo-api:1 comes from secret',
    },
    remedy: 'aws secretsmanager put-secret-value --secret-id arn:aws:secretsmanager:',
  },
  {
    defect: 'a member of a secret that is not there',
    async seed(account) {
      const named = { SecretId: 'demo/production/database' }
      const { ARN } = await ask<{ ARN: string }>(account.rehearsal.secrets, 'DescribeSecret', named)
      const secrets = [{ name: 'DATABASE_URL', valueFrom: `${ARN}:password::` }]
      return definition('demo-production-demo-api', {}, { secrets })(account)
    },
    finds: { check: 'task-secret', ...API, found: 'which has no such member' },
    remedy: 'put it there, or correct the definition',
  },
  {
    defect: 'a version of a secret that there is none of',
    async seed(account) {
      const named = { SecretId: 'demo/production/database' }
      const { ARN } = await ask<{ ARN: string }>(account.rehearsal.secrets, 'DescribeSecret', named)
      const secrets = [{ name: 'DATABASE_URL', valueFrom: `${ARN}::AWSPREVIOUS:` }]
      return definition('demo-production-demo-api', {}, { secrets })(account)
    },
    finds: { check: 'task-secret', ...API, found: 'comes from stage AWSPREVIOUS of secret arn:aws:secretsmanager:' },
    remedy: 'put a value there, or correct the definition',
  },
  {
    defect: 'a parameter of a container that is not there',
    async seed(account) {
      const { ssm } = account.rehearsal
      await ask(ssm, 'PutParameter', { Name: '/shop/there', Value: 'hush', Type: 'String', Overwrite: true })
      const names = ['arn:aws:ssm:eu-west-1:111122223333:parameter/shop/there', '/shop/there']
      const secrets = [...names, 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/nowhere'].map((valueFrom, n) => ({
        ...{ name: `API_KEY_${n}`, valueFrom },
      }))
      return definition('demo-production-demo-api', {}, { secrets })(account)
    },
    finds: {
      ...{ check: 'task-secret', ...API },
      found:
        'API_KEY_2 of container api in task definition demo-production-demo-api:1 comes from parameter /shop/nowhere, which SSM has not in this account and region',
    },
    remedy: 'aws ssm put-parameter --type SecureString --name /shop/nowhere --value <value>',
  },
  {
    defect: 'a migration whose task definition nobody registered',
    seed: told(
      ({ ecs }) => ecs,
      'ListTaskDefinitions',
      (all, { familyPrefix }: { familyPrefix: string }) =>
        familyPrefix === 'demo-staging-migrations' ? { taskDefinitionArns: [] } : all,
    ),
    finds: {
      ...{ check: 'migrate', stage: 'staging' },
      found: 'no revision of task definition demo-staging-migrations is active but what Sluice registered',
    },
    remedy: 'register it, or correct migrate.taskDefinition in the application file',
  },
  {
    defect: 'a migration without its container',
    seed: definition('demo-staging-migrations', {}, { name: 'shop' }),
    finds: { check: 'task-definition', stage: 'staging', found: ' has no container migrate; it has shop' },
    remedy: 'correct migrate.container in the application file',
  },
  {
    defect: 'a migration that has no network to run in',
    seed: service('demo-staging', 'demo-api', found => ({ ...found, networkConfiguration: undefined })),
    finds: {
      check: 'network',
      stage: 'staging',
      found: 'service demo-api names no subnets, in which the task of migrate would run',
    },
    remedy: 'write migrate.network with its subnets into the application file',
  },
  {
    defect: 'a database that is not there',
    seed: refused(({ rds }) => rds, 'DescribeDBInstances', NO_DATABASE, 'demo-staging'),
    finds: {
      check: 'database',
      stage: 'staging',
      found: 'RDS has no DB instance demo-staging in this account and region',
    },
    remedy: 'create it, or correct backup.id in the application file',
  },
  {
    defect: 'a database that is stopped',
    seed: database({ DBInstanceStatus: 'stopped' }),
    finds: {
      check: 'database',
      stage: 'staging',
      found: 'DB instance demo-staging is stopped: RDS makes no snapshot of it',
    },
    remedy: 'see that it is available: aws rds start-db-instance --db-instance-identifier demo-staging',
  },
  {
    defect: 'a database that belongs to a cluster',
    seed: database({ DBClusterIdentifier: 'shop' }),
    finds: { check: 'database', stage: 'staging', found: 'DB instance demo-staging belongs to cluster shop' },
    remedy: 'write backup: { kind: rds-cluster, id: shop } into the application file',
  },
  {
    defect: 'no room for another snapshot',
    seed({ rehearsal: { rds } }) {
      const was = rds.quota.snapshots
      rds.quota.snapshots = 0
      return () => {
        rds.quota.snapshots = was
      }
    },
    finds: {
      check: 'snapshot-quota',
      stage: 'staging',
      found: 'manual snapshots that this account may have in this region are there',
    },
    remedy: 'delete some that nobody needs, or have the quota raised',
  },
]
