import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import type { LoadBalancers } from '../fleet/load-balancers.ts'
import { ELB_AUTHORIZATION } from './authorization/elbv2.ts'
import { createOperations } from './elbv2/create.ts'
import { deleteOperations } from './elbv2/delete.ts'
import { describeOperations } from './elbv2/describe.ts'
import type { ElbState } from './elbv2/state.ts'
import type { Service } from './service.ts'

/** Application load balancers before the fleet's targets. ECS registers the targets itself, in process. */
export function createElbv2(options: { loadBalancers: LoadBalancers }): Service {
  const state: ElbState = { ...options, records: new Map() }
  return {
    signingName: 'elasticloadbalancing',
    sdk,
    authorization: ELB_AUTHORIZATION,
    operations: { ...createOperations(state), ...deleteOperations(state), ...describeOperations(state) },
  }
}
