import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
  TrailAlreadyExistsException,
} from '@aws-sdk/client-cloudtrail'
import { CreateRoleCommand, EntityAlreadyExistsException, IAMClient } from '@aws-sdk/client-iam'
import { BALANCING_ROLE, EXECUTION_ROLE, TASK_ROLE } from './ground.ts'

/** What the account has before anything of an application: the roles that its tasks and services name, and a trail. */
export async function setUpAccount(): Promise<void> {
  for (const role of [TASK_ROLE, EXECUTION_ROLE]) await createRole(role, 'ecs-tasks.amazonaws.com')
  await createRole(BALANCING_ROLE, 'ecs.amazonaws.com')
  await createTrail('account')
}

/** Another application may have made it. */
async function createRole(arn: string, service: string): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  }
  const named = { RoleName: arn.split('/').at(-1), AssumeRolePolicyDocument: JSON.stringify(trust) }
  try {
    await new IAMClient({}).send(new CreateRoleCommand(named))
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error
  }
}

/** Who pushed an image is known for as long as its log is kept. */
async function createTrail(Name: string): Promise<void> {
  const trails = new CloudTrailClient({})
  try {
    await trails.send(new CreateTrailCommand({ Name, S3BucketName: 'demo-account-trail', IsMultiRegionTrail: true }))
  } catch (error) {
    if (!(error instanceof TrailAlreadyExistsException)) throw error
  }
  await trails.send(new StartLoggingCommand({ Name }))
}
