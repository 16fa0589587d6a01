import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsOf } from '../../events/rds-event.ts'
import { type Template, tooLarge } from '../../infra/limits.ts'
import { patternsFor } from '../../infra/patterns.ts'
import { inPolicies } from '../../infra/policies.ts'
import { compilePattern } from '../../rehearsal/aws/events/pattern.ts'
import { type SynthesizedStack, synthesizedStack } from './stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'limits-'))
afterAll(() => rmSync(folder, { recursive: true }))

const STAGES = ['development', 'staging', 'production']
const COMMAND = ['node', 'migrate.js', 'down']
/** A database for each way back that an application file can ask for. */
const DATABASES = [
  { kind: 'rds-cluster', onRollback: 'keep' },
  { kind: 'rds-instance', onRollback: 'down', down: { command: COMMAND } },
  { kind: 'rds-cluster', onRollback: 'restore' },
  { kind: 'rds-instance', onRollback: 'ask', down: { command: COMMAND } },
  { kind: 'task', onRollback: 'keep' },
]

/** An organisation of five systems, each of three stages with five services and a database, with names as people give them. */
function organisation(): string[] {
  return ['avnz', 'eec-nif', 'monay-wallet', 'b2bcredit', 'payment-system'].map((app, n) => {
    const parts = ['api', 'admin-dashboard', 'company-portal', 'worker', 'enterprise-wallet']
    const { kind = 'none', ...migrate } = DATABASES[n] ?? {}
    const stage = (name: string) => {
      const ofTask = { taskDefinition: `${app}-${name}-dump`, container: 'dump', bucket: `${app}-${name}-backups` }
      return {
        ...{ name, cluster: `${app}-${name}-cluster` },
        approval: { approvers: [{ name: 'Ana', email: 'ana@example.com' }] },
        backup: kind === 'task' ? { kind, ...ofTask } : { kind, id: `${app}-${name}-database` },
        migrate: { taskDefinition: `${app}-${name}-migrations`, container: 'migrate', image: 'api', ...migrate },
        services: parts.map(part => ({
          ...{ service: `${app}-${name}-${part}-service`, container: part, image: part, strategy: 'rolling' },
        })),
      }
    }
    const images = Object.fromEntries(parts.map(part => [part, `${app}/${app}-${part}`]))
    const file = join(folder, `${app}.yaml`)
    writeFileSync(file, JSON.stringify({ app, images, trigger: { tags: '^v' }, stages: STAGES.map(stage) }))
    return file
  })
}

describe('an organisation of five systems', () => {
  let stack: SynthesizedStack
  beforeAll(async () => {
    // Not among those of rehearsals, of which the oldest go.
    stack = await synthesizedStack(organisation(), join(folder, 'assemblies'))
  }, 240_000)

  const size = (value: unknown) => JSON.stringify(stack.resolved(value)).length
  /** The rules that hear events; others run by the clock. */
  const listening = () => stack.of('AWS::Events::Rule').filter(({ properties }) => properties.EventPattern)

  test('has no role with more than IAM allows', () => {
    const policiesOf = (type: string, role: string) =>
      stack.of(type).filter(({ properties }) => JSON.stringify(properties.Roles).includes(`"${role}"`))
    const roles = stack.of('AWS::IAM::Role').map(({ id, properties: { Policies = [] } }) => {
      const sizes = (type: string) => policiesOf(type, id).map(({ properties }) => size(properties.PolicyDocument))
      const own = (Policies as { PolicyDocument: unknown }[]).map(({ PolicyDocument }) => size(PolicyDocument))
      const inline = [...own, ...sizes('AWS::IAM::Policy')].reduce((sum, each) => sum + each, 0)
      return { id, inline, managed: sizes('AWS::IAM::ManagedPolicy') }
    })
    const over = roles.filter(
      ({ inline, managed }) => inline > 10_240 || managed.length > 10 || managed.some(each => each > 6_144),
    )
    expect(over).toEqual([])
    expect(roles.some(({ managed }) => managed.length > 0)).toBe(true)
  })

  test('has no rule with more than EventBridge takes', () => {
    const rules = listening().map(({ id, properties }) => ({ id, size: size(properties.EventPattern) }))
    expect(rules.filter(rule => rule.size > 2_048)).toEqual([])
    expect(rules).not.toEqual([])
  })

  test('hears of the last of its databases', () => {
    const event = {
      ...{ source: 'aws.rds', 'detail-type': 'RDS DB Instance Event' },
      detail: { SourceArn: 'arn:aws:rds:eu-west-1:111122223333:db:b2bcredit-production-database', EventID: 'x' },
    }
    const heard = listening().filter(({ properties }) => compilePattern(stack.resolved(properties.EventPattern))(event))
    expect(heard.map(({ id }) => id)).toEqual([expect.stringMatching(/DatabaseChanged/)])
  })
})

describe('permissions that are too many for one policy', () => {
  const sizeOf = (value: unknown) => JSON.stringify(value).length
  const services = (count: number) =>
    Array.from({ length: count }, (_, n) => `arn:aws:ecs:eu-west-1:111122223333:service/cluster/service-${n}`)
  const ofAll = (policies: { actions: string[]; resources: string[] }[][]) =>
    policies.flat().flatMap(({ actions, resources }) => resources.map(each => `${actions} ${each}`))

  test('go on in the next, and are the same together', () => {
    const statements = [{ actions: ['ecs:DescribeServices'], resources: services(400) }]
    const policies = inPolicies('Wake', statements, sizeOf)
    const sizes = policies.map(sizeOf)
    expect(sizes.every((size, n) => size <= (n === 0 ? 10_240 : 6_144))).toBe(true)
    expect(sizes.length).toBeGreaterThan(3)
    expect(ofAll(policies)).toEqual(ofAll([statements]))
  })

  test('name the resources once that several actions need', () => {
    const [policy] = inPolicies(
      'Wake',
      [
        { actions: ['ecs:DescribeServices'], resources: services(2), because: 'one' },
        { actions: ['ecs:UpdateService'], resources: services(2), because: 'other' },
      ],
      sizeOf,
    )
    expect(policy).toEqual([
      { actions: ['ecs:DescribeServices', 'ecs:UpdateService'], resources: services(2), because: 'one; other' },
    ])
  })

  test('are refused with the function, their size and what to do where IAM has no room for them', () => {
    const statements = [{ actions: ['ecs:DescribeServices'], resources: services(1_200) }]
    expect(() => inPolicies('Wake', statements, sizeOf)).toThrow(
      /^function Wake: its permissions come to \d\d,\d{3} characters, and IAM allows .*; have fewer applications/,
    )
  })
})

describe('what is listened for', () => {
  const stack = new Stack(new App({ analyticsReporting: false, outdir: join(folder, 'out') }))
  const databases = Array.from(
    { length: 60 },
    (_, n) => `${stack.formatArn({ service: 'rds', resource: 'db' })}:db-${n}`,
  )

  test('is in as few rules as EventBridge takes it in', () => {
    const patterns = patternsFor(stack, databases, eventsOf) as ReturnType<typeof eventsOf>[]
    expect(patterns.length).toBe(4)
    expect(patterns.flatMap(({ detail }) => detail.SourceArn.map(({ prefix }) => prefix))).toEqual(databases)
  })

  test('is in no rule where there is nothing', () => {
    expect(patternsFor(stack, [], eventsOf)).toEqual([])
  })

  test('is refused where not even one fits', () => {
    expect(() => patternsFor(stack, ['x'.repeat(2_000)], eventsOf)).toThrow(/ has \d{4} characters, and EventBridge/)
  })
})

describe('a stack that is more than AWS takes', () => {
  const sizeOf = (value: unknown) => JSON.stringify(value).length
  const many = <T>(count: number, of: (n: number) => T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`Resource${n}`, of(n)]))
  const resource = (Type: string, Properties: Record<string, unknown> = {}) => ({ Type, Properties })
  const stackOf = (Resources: Template['Resources'], Outputs: Template['Outputs'] = {}) =>
    tooLarge({ Resources, Outputs }, sizeOf)
  const rule = (Targets: unknown[] = []) => resource('AWS::Events::Rule', { Targets })
  const permission = () =>
    resource('AWS::Lambda::Permission', {
      ...{ Action: 'lambda:InvokeFunction', FunctionName: { 'Fn::GetAtt': ['Wake', 'Arn'] } },
      ...{ Principal: 'events.amazonaws.com', SourceArn: 'x'.repeat(100) },
    })
  const subscription = () =>
    resource('AWS::SNS::Subscription', { TopicArn: { Ref: 'Links' }, FilterPolicy: { to: ['ana@example.com'] } })
  const environment = (bytes: number) =>
    resource('AWS::Lambda::Function', { Environment: { Variables: { A: 'x'.repeat(bytes - 8) } } })
  const outputs = (count: number) => many(count, () => ({ Value: 'x' }))

  test.each<[string, string[], string[], string]>([
    [
      'resources',
      stackOf(many(500, () => resource('AWS::SQS::Queue'))),
      stackOf(many(501, () => resource('AWS::SQS::Queue'))),
      'the stack: 501 resources, and CloudFormation takes 500',
    ],
    ['outputs', stackOf({}, outputs(200)), stackOf({}, outputs(201)), 'the stack: 201 outputs, and CloudFormation'],
    [
      'bytes of the template',
      stackOf({ Queue: resource('AWS::SQS::Queue', { Name: 'x'.repeat(999_900) }) }),
      stackOf({ Queue: resource('AWS::SQS::Queue', { Name: 'é'.repeat(500_000) }) }),
      'the template: 1,000,088 bytes, and CloudFormation takes 1,000,000',
    ],
    [
      'rules',
      stackOf(many(300, () => rule())),
      stackOf(many(301, () => rule())),
      'the stack: 301 rules, and an event bus',
    ],
    [
      'targets of a rule',
      stackOf({ Pushed: rule(Array(5).fill({})) }),
      stackOf({ Pushed: rule(Array(6).fill({})) }),
      'rule Pushed: 6 targets, and EventBridge takes 5',
    ],
    [
      'permissions of rules to call a function',
      stackOf(many(50, permission)),
      stackOf(many(60, permission)),
      'the policy of Wake, with a permission for each of its rules: 2',
    ],
    [
      'e-mail addresses',
      stackOf(many(200, subscription)),
      stackOf(many(201, subscription)),
      'topic Links, with a subscription for each e-mail address: 201 filter policies, and SNS takes 200',
    ],
    [
      'environment variables',
      stackOf({ Wake: environment(4_096) }),
      stackOf({ Wake: environment(4_097) }),
      'the environment of Wake: 4,097 bytes, and Lambda takes 4,096',
    ],
  ])('by %s is refused with the number and the remedy, one that is not is taken', (_, taken, refused, sentence) => {
    expect(taken).toEqual([])
    expect(refused).toEqual([expect.stringContaining(sentence)])
    expect(refused[0]).toMatch(
      /; have fewer applications, .*, and the others in one of their own, deployed with `npx cdk deploy NAME -c stack=NAME -c apps=apps\/<name>.yaml`$/,
    )
  })
})
