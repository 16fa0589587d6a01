import { expect, test } from 'vitest'
import { ecsAuthorization } from '../../../../rehearsal/aws/authorization/ecs.ts'
import type { RegisteredTaskDefinition } from '../../../../rehearsal/aws/ecs/model.ts'
import { accessesOf, HERE, ROLE, type Row } from './accesses.ts'

const ECS = `arn:aws:ecs:${HERE}`
const cluster = `ecs:cluster=${ECS}:cluster/demo`
const service = `ecs:service=${ECS}:service/demo/api`

function registered(revision: number): RegisteredTaskDefinition {
  const taskDefinitionArn = `${ECS}:task-definition/migrate:${revision}`
  const roles = { taskRoleArn: `${ROLE}/task`, executionRoleArn: `${ROLE}/execution` }
  const definition = { taskDefinitionArn, family: 'migrate', revision, status: 'ACTIVE' as const, ...roles }
  return { definition, containers: [], tags: [] }
}

const ecs = ecsAuthorization({ families: new Map([['migrate', [registered(1), registered(2)]]]) })
const kept = (what: string) => `${ECS}:service-${what}/demo/api/1`
const both = (action: string, what: string) => [
  `${action} ${ECS}:service/demo/api ${cluster}`,
  `${action} ${kept(what)} ${cluster} ${service}`,
]

const ROWS: Row[] = [
  [
    ecs,
    'DescribeServices',
    { cluster: 'demo', services: ['api'] },
    `ecs:DescribeServices ${ECS}:service/demo/api ${cluster}`,
  ],
  [
    ecs,
    'ListServiceDeployments',
    { cluster: `${ECS}:cluster/demo`, service: 'api' },
    `ecs:ListServiceDeployments ${ECS}:service/demo/api ${cluster}`,
  ],
  [
    ecs,
    'DescribeServiceDeployments',
    { serviceDeploymentArns: [kept('deployment')] },
    ...both('ecs:DescribeServiceDeployments', 'deployment'),
  ],
  [
    ecs,
    'DescribeServiceRevisions',
    { serviceRevisionArns: [kept('revision')] },
    ...both('ecs:DescribeServiceRevisions', 'revision'),
  ],
  [
    ecs,
    'StopServiceDeployment',
    { serviceDeploymentArn: kept('deployment') },
    ...both('ecs:StopServiceDeployment', 'deployment'),
  ],
  [
    ecs,
    'ContinueServiceDeployment',
    { serviceDeploymentArn: kept('deployment') },
    ...both('ecs:ContinueServiceDeployment', 'deployment'),
  ],
  [
    ecs,
    'UpdateService',
    { cluster: 'demo', service: 'api', taskDefinition: 'api:7' },
    `ecs:UpdateService ${ECS}:service/demo/api ${cluster}`,
  ],
  [
    ecs,
    'UpdateService',
    {
      cluster: 'demo',
      service: 'api',
      deploymentConfiguration: { lifecycleHooks: [{ roleArn: `${ROLE}/hook` }, { targetType: 'PAUSE' }] },
      loadBalancers: [{ advancedConfiguration: { roleArn: `${ROLE}/balancer` } }],
    },
    `ecs:UpdateService ${ECS}:service/demo/api ${cluster}`,
    `iam:PassRole ${ROLE}/hook iam:PassedToService=ecs.amazonaws.com`,
    `iam:PassRole ${ROLE}/balancer iam:PassedToService=ecs.amazonaws.com`,
  ],
  [
    ecs,
    'RegisterTaskDefinition',
    { family: 'migrate', taskRoleArn: `${ROLE}/task`, executionRoleArn: `${ROLE}/execution`, tags: [{ key: 'a' }] },
    `ecs:RegisterTaskDefinition ${ECS}:task-definition/migrate:*`,
    `iam:PassRole ${ROLE}/task iam:PassedToService=ecs-tasks.amazonaws.com`,
    `iam:PassRole ${ROLE}/execution iam:PassedToService=ecs-tasks.amazonaws.com`,
    `ecs:TagResource ${ECS}:task-definition/migrate:* ecs:CreateAction=RegisterTaskDefinition`,
  ],
  [ecs, 'RegisterTaskDefinition', { family: 'migrate' }, `ecs:RegisterTaskDefinition ${ECS}:task-definition/migrate:*`],
  [
    ecs,
    'RunTask',
    { cluster: 'demo', taskDefinition: 'migrate' },
    `ecs:RunTask ${ECS}:task-definition/migrate:2 ${cluster}`,
    `iam:PassRole ${ROLE}/task iam:PassedToService=ecs-tasks.amazonaws.com`,
    `iam:PassRole ${ROLE}/execution iam:PassedToService=ecs-tasks.amazonaws.com`,
  ],
  [
    ecs,
    'RunTask',
    {
      cluster: 'demo',
      taskDefinition: 'migrate:1',
      overrides: { taskRoleArn: `${ROLE}/execution` },
      tags: [{ key: 'a' }],
    },
    `ecs:RunTask ${ECS}:task-definition/migrate:1 ${cluster}`,
    `iam:PassRole ${ROLE}/execution iam:PassedToService=ecs-tasks.amazonaws.com`,
    `ecs:TagResource ${ECS}:task/demo/* ecs:CreateAction=RunTask`,
  ],
  [ecs, 'ListTasks', { cluster: 'demo', serviceName: 'api' }, `ecs:ListTasks * ${cluster}`],
  [ecs, 'DescribeTasks', { cluster: 'demo', tasks: ['1'] }, `ecs:DescribeTasks ${ECS}:task/demo/1 ${cluster}`],
  [ecs, 'StopTask', { cluster: 'demo', task: `${ECS}:task/demo/1` }, `ecs:StopTask ${ECS}:task/demo/1 ${cluster}`],
  ...['DeregisterTaskDefinition', 'DescribeTaskDefinition', 'ListTaskDefinitions'].map(
    (operation): Row => [ecs, operation, { taskDefinition: 'migrate:1' }, `ecs:${operation} *`],
  ),
]

test.for(ROWS)(
  'ECS asks for the types of resources, the roles that are passed and the tags that are put on · %#, $1 $2',
  row => {
    const [_table, _operation, _input, ...accesses] = row
    expect(accessesOf(row)).toEqual(accesses)
  },
)
