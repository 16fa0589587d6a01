import type { AdvancedConfiguration, DescribeServicesResponse } from '@aws-sdk/client-ecs'
import {
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Account } from '../account.ts'
import { ask, type Defect, told, wired } from '../seeds.ts'

const API = { stage: 'production', service: 'demo-api' }
const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333'
const BALANCING = 'roleArn of its load balancer, with which ECS shifts the traffic, is role'
const elb = () => new ElasticLoadBalancingV2Client({})

/** How ECS shifts a service's traffic, and from which target group. */
async function shiftOf({ rehearsal }: Account, service: string): Promise<{ first: string } & AdvancedConfiguration> {
  const asked = { cluster: 'demo-production', services: [service] }
  const { services } = await ask<DescribeServicesResponse>(rehearsal.ecs, 'DescribeServices', asked)
  const { targetGroupArn: first = '', advancedConfiguration } = services?.[0]?.loadBalancers?.[0] ?? {}
  return { first, alternateTargetGroupArn: undefined, ...advancedConfiguration }
}

async function ruleActions(rule: string | undefined) {
  const { Rules } = await elb().send(new DescribeRulesCommand({ RuleArns: [rule ?? ''] }))
  return Rules?.[0]?.Actions ?? []
}

const modify = (RuleArn: string | undefined, TargetGroups: { TargetGroupArn: string; Weight: number }[]) =>
  elb().send(new ModifyRuleCommand({ RuleArn, Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }] }))

/** How users and tests come to a service. */
export const TRAFFIC: Defect[] = [
  {
    defect: 'a second target group that is gone',
    seed: wired({ alternateTargetGroupArn: `${ELB}:targetgroup/api-green/0123456789abcdef` }),
    finds: { check: 'target-groups', ...API, found: 'its target group api-green is gone' },
    remedy: "correct the service's load balancer",
  },
  {
    defect: 'target groups of two networks',
    async seed(account) {
      const { TargetGroups: [group] = [] } = await elb().send(
        new CreateTargetGroupCommand({
          ...{
            Name: `elsewhere-${Date.now()}`,
            Protocol: 'HTTP',
            Port: 3000,
            VpcId: 'vpc-elsewhere',
            TargetType: 'ip',
          },
        }),
      )
      return wired({ alternateTargetGroupArn: group?.TargetGroupArn })(account)
    },
    finds: {
      check: 'target-groups',
      ...API,
      found: 'its target groups are in different VPCs: production-demo-api-blue vpc-',
    },
    remedy: 'make a new one like the other',
  },
  {
    defect: 'a role of the load balancer that does not trust ECS',
    seed: told(
      ({ iamRoles }) => iamRoles,
      'GetRole',
      (all: { Role: object }, { RoleName }: { RoleName: string }) =>
        RoleName === 'demo-load-balancing'
          ? { Role: { ...all.Role, AssumeRolePolicyDocument: encodeURIComponent('{"Statement":[]}') } }
          : all,
    ),
    finds: {
      ...{ check: 'role', ...API },
      found: `${BALANCING} demo-load-balancing, which does not trust ecs.amazonaws.com: ECS could not act with it`,
    },
    remedy: 'aws iam update-assume-role-policy --role-name demo-load-balancing --policy-document',
  },
  {
    defect: 'no rule by which tests reach green',
    seed: wired({ testListenerRule: undefined }),
    finds: {
      ...{ check: 'test-rule', ...API },
      found: 'it has smoke tests and no rule by which they reach the new version before its users',
    },
    remedy: '"testListenerRule":"<ARN of the listener rule that tests come by>"',
  },
  {
    defect: 'a rule for tests that is for another host',
    async seed(account) {
      const { testListenerRule } = await shiftOf(account, 'demo-web')
      return wired({ testListenerRule })(account)
    },
    finds: {
      ...{ check: 'test-rule', ...API },
      found:
        'smoke test http://api.demo.example/health cannot come by the rule for tests: its host-header is demo.example, and the test asks for api.demo.example',
    },
    remedy: "correct the test's url or the rule",
  },
  {
    defect: "a users' rule that is gone",
    seed: wired({ productionListenerRule: `${ELB}:listener-rule/app/demo/1/2/3` }),
    finds: {
      check: 'users-rule',
      ...API,
      found: `its users come by rule ${ELB}:listener-rule/app/demo/1/2/3, which is gone`,
    },
    remedy: "correct the service's load balancer",
  },
  {
    defect: 'users who are sent to an empty target group',
    async seed(account) {
      const {
        first,
        alternateTargetGroupArn: second = '',
        productionListenerRule: rule,
      } = await shiftOf(account, 'demo-api')
      const was = (await ruleActions(rule))[0]?.ForwardConfig?.TargetGroups ?? []
      await modify(
        rule,
        [first, second].map(TargetGroupArn => ({ TargetGroupArn, Weight: 50 })),
      )
      return async () =>
        void (await modify(
          rule,
          was.map(({ TargetGroupArn = '', Weight = 0 }) => ({ TargetGroupArn, Weight })),
        ))
    },
    finds: {
      ...{ check: 'users-rule', ...API },
      found: 'serves, and the rule that users come by has the weights production-demo-api-blue 50, ',
    },
    remedy: 'give it all of them: aws elbv2 modify-rule --rule-arn ',
  },
  {
    defect: 'nobody who answers users',
    seed({ rehearsal: { loadBalancers } }) {
      const groups = [...loadBalancers.groups.values()].filter(({ name }) => name.startsWith('production-demo-api'))
      const targets = groups.flatMap(group => group.targets())
      for (const target of targets) Object.assign(target, { state: 'unhealthy', reason: 'Target.Timeout' })
      return () => {
        for (const target of targets) Object.assign(target, { state: 'healthy', reason: undefined })
      }
    },
    finds: { check: 'targets', ...API, found: 'is healthy: unhealthy (Target.Timeout), unhealthy (Target.Timeout)' },
    remedy: 'mend that: there would be nothing to go back to',
  },
]
