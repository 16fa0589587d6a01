import { expect, test } from 'vitest'
import { createCloudFormation } from '../../../../rehearsal/aws/cloudformation.ts'
import { createCloudFront } from '../../../../rehearsal/aws/cloudfront.ts'
import { createCloudTrail } from '../../../../rehearsal/aws/cloudtrail.ts'
import { createCloudWatch } from '../../../../rehearsal/aws/cloudwatch.ts'
import { createEcr } from '../../../../rehearsal/aws/ecr.ts'
import { createEcs } from '../../../../rehearsal/aws/ecs/ecs.ts'
import { createElbv2 } from '../../../../rehearsal/aws/elbv2.ts'
import { createEvents } from '../../../../rehearsal/aws/events.ts'
import { createIamRoles } from '../../../../rehearsal/aws/iam-roles.ts'
import { createLambda } from '../../../../rehearsal/aws/lambda/lambda.ts'
import { createCloudWatchLogs } from '../../../../rehearsal/aws/logs.ts'
import { createRds } from '../../../../rehearsal/aws/rds.ts'
import { createS3 } from '../../../../rehearsal/aws/s3.ts'
import { createSecrets } from '../../../../rehearsal/aws/secrets-manager.ts'
import type { Service } from '../../../../rehearsal/aws/service.ts'
import { createSns } from '../../../../rehearsal/aws/sns.ts'
import { createSqs } from '../../../../rehearsal/aws/sqs.ts'
import { createSsm } from '../../../../rehearsal/aws/ssm.ts'
import { createStates } from '../../../../rehearsal/aws/states.ts'
import { createSts } from '../../../../rehearsal/aws/sts.ts'

const CREATED = {
  ...{ createCloudFormation, createCloudFront, createCloudWatch, createEcr, createEcs, createElbv2, createEvents },
  ...{ createLambda, createCloudWatchLogs, createRds, createS3, createSecrets, createSns, createSqs, createSsm },
  ...{ createStates, createSts, createIamRoles, createCloudTrail },
}

test.for(Object.entries(CREATED))(
  'nothing can be asked of a service of which nobody said who may ask it · %s',
  ([, create]) => {
    const { operations, authorization } = (create as (options: unknown) => Service)({ clock: { now: () => 0 } })
    expect(Object.keys(operations).filter(operation => !authorization[operation])).toEqual([])
  },
)
