import { ask, cluster, configured, type Defect, production, service, told } from '../seeds.ts'

const API = { stage: 'production', service: 'demo-api' }
const hook = (targetType: string, more: object = {}) => ({
  targetType,
  lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'],
  ...more,
})

/** Clusters and services, and how these are deployed. */
export const SERVICES: Defect[] = [
  {
    defect: 'a cluster that is not there',
    seed: cluster('demo-staging', () => ({ clusters: [] })),
    finds: { check: 'cluster', stage: 'staging', found: 'ECS has no cluster demo-staging in this account and region' },
    remedy: 'create it, or correct the application file: aws ecs create-cluster --cluster-name demo-staging',
  },
  {
    defect: 'a cluster that was deleted',
    seed: cluster('demo-production', () => ({ clusters: [{ status: 'INACTIVE' }] })),
    finds: { check: 'cluster', stage: 'production', found: 'cluster demo-production is INACTIVE' },
    remedy: 'aws ecs create-cluster --cluster-name demo-production',
  },
  {
    defect: 'a service that is not there',
    seed: service('demo-production', 'demo-web', () => undefined),
    finds: {
      ...{ check: 'service', stage: 'production', service: 'demo-web' },
      found: 'cluster demo-production has no service demo-web',
    },
    remedy: 'create it, or correct the application file: Sluice never creates services',
  },
  {
    defect: 'a service that is being deleted',
    seed: production(found => ({ ...found, status: 'DRAINING' })),
    finds: { check: 'service', ...API, found: 'service demo-api of cluster demo-production is DRAINING' },
    remedy: 'create it',
  },
  {
    defect: 'a service that another installation releases',
    seed: production(found => ({ ...found, tags: [{ key: 'sluice:installation', value: 'Payments' }] })),
    finds: {
      ...{ check: 'tag', ...API },
      found: 'its tag sluice:installation says that stack Payments releases it, and this is stack Sluice',
    },
    remedy: 'aws ecs untag-resource --resource-arn arn:aws:ecs:eu-west-1:111122223333:service/demo-production/demo-api',
  },
  {
    defect: 'a service that CodeDeploy deploys',
    seed: production(found => ({ ...found, deploymentController: { type: 'CODE_DEPLOY' } })),
    finds: { check: 'strategy', ...API, found: 'its deployment controller is CODE_DEPLOY' },
    remedy: 'make it ECS, which alone Sluice drives',
  },
  {
    defect: 'a strategy that Sluice does not drive',
    seed: configured({ strategy: 'LINEAR' }),
    finds: { check: 'strategy', ...API, found: 'its strategy in ECS is LINEAR, which Sluice does not drive yet' },
    remedy: 'make it BLUE_GREEN or ROLLING there',
  },
  {
    defect: 'another strategy than that of the file',
    seed: service('demo-staging', 'demo-web', found => ({
      ...found,
      deploymentConfiguration: { strategy: 'BLUE_GREEN' },
    })),
    finds: {
      ...{ check: 'strategy', stage: 'staging', service: 'demo-web' },
      found: 'its strategy in ECS is BLUE_GREEN, and the application file says rolling',
    },
    remedy: 'make them agree',
  },
  {
    defect: 'a load balancer whose traffic ECS cannot shift',
    seed: production(found => ({
      ...found,
      loadBalancers: found.loadBalancers?.map(({ advancedConfiguration: _, ...rest }) => rest),
    })),
    finds: {
      ...{ check: 'strategy', ...API },
      found:
        'the application file says blue-green, and its load balancer has no second target group and no rule to shift',
    },
    remedy: 'give it both: aws ecs update-service --cluster demo-production --service demo-api --load-balancers',
  },
  {
    defect: 'a blue-green service without a load balancer',
    seed: production(found => ({ ...found, loadBalancers: [] })),
    finds: { check: 'strategy', ...API, found: 'it has no load balancer whose traffic could be shifted' },
    remedy: 'give it one, or write strategy rolling',
  },
  {
    defect: 'a pause of the owners where Sluice pauses',
    seed: configured({ lifecycleHooks: [hook('PAUSE')] }),
    finds: { check: 'pauses', ...API, found: 'it has a PAUSE hook at POST_TEST_TRAFFIC_SHIFT' },
    remedy: "take it out of the service's deploymentConfiguration.lifecycleHooks",
  },
  {
    defect: 'so many pauses of the owners that ECS takes no more',
    seed: configured({
      lifecycleHooks: Array.from({ length: 9 }, () => hook('PAUSE', { lifecycleStages: ['PRE_SCALE_UP'] })),
    }),
    finds: { check: 'pauses', ...API, found: 'it has 9 PAUSE hooks, and ECS takes 10 with the 3 of Sluice' },
    remedy: 'take 2 of them out',
  },
  {
    defect: "a role of the owners' hook that is not there",
    seed: configured({
      lifecycleHooks: [hook('AWS_LAMBDA', { roleArn: 'arn:aws:iam::111122223333:role/shop-hooks' })],
    }),
    finds: {
      ...{ check: 'role', ...API },
      found:
        'roleArn of its hook at POST_TEST_TRAFFIC_SHIFT is role arn:aws:iam::111122223333:role/shop-hooks, which IAM has not',
    },
    remedy: `aws iam create-role --role-name shop-hooks --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"}`,
  },
  {
    defect: 'a deployment that is no release',
    async seed({ rehearsal, pass }) {
      const input = { cluster: 'demo-staging', service: 'demo-web', forceNewDeployment: true }
      await ask(rehearsal.ecs, 'UpdateService', input)
      return () => pass(20 * 60_000)
    },
    finds: {
      ...{ check: 'deployments', stage: 'staging', service: 'demo-web' },
      found: 'deployment arn:aws:ecs:eu-west-1:111122223333:service-deployment/demo-staging/demo-web/',
    },
    remedy: 'aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn arn:aws:ecs:',
  },
  {
    defect: 'a service of which ECS records no revision',
    seed: told(
      ({ ecs }) => ecs,
      'DescribeServiceRevisions',
      (all, { serviceRevisionArns: [arn = ''] }: { serviceRevisionArns: string[] }) =>
        arn.includes('/demo-production/demo-api/') ? { serviceRevisions: [] } : all,
    ),
    finds: { check: 'revision', ...API, found: 'ECS records no revision that serves' },
    remedy: 'aws ecs update-service --cluster demo-production --service demo-api --force-new-deployment',
  },
]
