import { afterEach, expect, test } from 'vitest'
import { TARGET_GROUP } from '../fleet/inputs.ts'
import { call, createWorld, type World } from '../fleet/world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function balanced(): Promise<{ world: World }> {
  const world = await createWorld()
  open = world
  return { world }
}

const balancer = { Name: 'other', Subnets: ['subnet-1', 'subnet-2'] }
const NONE = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:none/none'
test.each<[operation: string, input: object, error: string]>([
  ['CreateLoadBalancer', { ...balancer, Name: 'shop' }, 'DuplicateLoadBalancerNameException'],
  ['CreateLoadBalancer', { ...balancer, Name: 'a_b' }, 'ValidationException'],
  ['CreateLoadBalancer', { ...balancer, Subnets: ['subnet-1'] }, 'ValidationError'],
  ['CreateLoadBalancer', { ...balancer, Type: 'network' }, 'NotRehearsed'],
  ['CreateTargetGroup', { ...TARGET_GROUP, Name: 'x', HealthCheckIntervalSeconds: 4 }, 'ValidationException'],
  ['CreateTargetGroup', { ...TARGET_GROUP, Name: 'x', HealthCheckTimeoutSeconds: 10 }, 'ValidationError'],
  ['CreateTargetGroup', { ...TARGET_GROUP, Name: 'x', Matcher: { HttpCode: '600' } }, 'ValidationError'],
  ['CreateTargetGroup', { ...TARGET_GROUP, Name: 'x', TargetType: 'lambda' }, 'NotRehearsed'],
  ['CreateTargetGroup', { ...TARGET_GROUP, Name: 'x', Protocol: 'FTP' }, 'ValidationException'],
  ['CreateTargetGroup', TARGET_GROUP, 'DuplicateTargetGroupNameException'],
  ['ModifyTargetGroupAttributes', { TargetGroupArn: NONE, Attributes: [] }, 'TargetGroupNotFoundException'],
  ['CreateListener', { LoadBalancerArn: NONE, Port: 80, Protocol: 'HTTP' }, 'LoadBalancerNotFoundException'],
  ['CreateRule', { ListenerArn: NONE, Priority: 1 }, 'ListenerNotFoundException'],
  ['DescribeLoadBalancers', { Names: ['none'] }, 'LoadBalancerNotFoundException'],
  ['DescribeLoadBalancers', { PageSize: 401 }, 'ValidationException'],
  ['DescribeTargetGroups', { TargetGroupArns: [NONE] }, 'TargetGroupNotFoundException'],
  ['DescribeTargetHealth', { TargetGroupArn: NONE }, 'TargetGroupNotFoundException'],
  ['DescribeListeners', {}, 'ValidationError'],
  ['DescribeListeners', { ListenerArns: [NONE] }, 'ListenerNotFoundException'],
  ['DescribeRules', { RuleArns: [NONE] }, 'RuleNotFoundException'],
])('%s refuses %j', async (operation, input, error) => {
  const { world } = await balanced()
  await expect(call(world.elb, operation, input)).rejects.toMatchObject({ name: error })
})

test('a listener refuses a port that is taken, HTTPS without a certificate and actions that are not rehearsed', async () => {
  const { world } = await balanced()
  const LoadBalancerArn = world.loadBalancers.all[0]?.arn
  const forward = [{ Type: 'forward', TargetGroupArn: world.targetGroupArn }]
  const listen = (more: object) =>
    call(world.elb, 'CreateListener', { LoadBalancerArn, Protocol: 'HTTP', Port: 81, DefaultActions: forward, ...more })
  await expect(listen({ Port: 80 })).rejects.toMatchObject({ name: 'DuplicateListenerException' })
  await expect(listen({ Protocol: 'HTTPS' })).rejects.toMatchObject({ name: 'CertificateNotFoundException' })
  await expect(listen({ DefaultActions: [{ Type: 'redirect' }] })).rejects.toMatchObject({ name: 'NotRehearsed' })
  await expect(listen({ DefaultActions: [{ Type: 'dance' }] })).rejects.toMatchObject({ name: 'ValidationException' })
})
