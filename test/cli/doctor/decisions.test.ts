import { describe, expect, test } from 'vitest'
import { childrenOf, whyGone, whyRinging, whyUncounted } from '../../../cli/doctor/alarms.ts'
import { type FoundDatabase, whyNotBackedUp } from '../../../cli/doctor/database.ts'
import { createExamination, judged, sound } from '../../../cli/doctor/examination.ts'
import { whyUnlike } from '../../../cli/doctor/load-balancing.ts'
import { mayAssume } from '../../../cli/doctor/roles.ts'
import { secretIn } from '../../../cli/doctor/task-definition.ts'
import { logsManagement } from '../../../cli/doctor/trails.ts'

const ECS = 'ecs.amazonaws.com'
const allow = (more: object) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...more })

test.each<[what: string, trust: unknown, may: boolean]>([
  ['ECS alone', { Statement: [allow({ Principal: { Service: ECS } })] }, true],
  ['ECS among others', { Statement: [allow({ Principal: { Service: ['lambda.amazonaws.com', ECS] } })] }, true],
  ['ECS, in a statement that stands alone', { Statement: allow({ Principal: { Service: ECS } }) }, true],
  ['whoever asks', { Statement: [allow({ Principal: '*' })] }, true],
  ['ECS for all of STS', { Statement: [allow({ Action: ['sts:*'], Principal: { Service: ECS } })] }, true],
  ['the tasks of ECS', { Statement: [allow({ Principal: { Service: 'ecs-tasks.amazonaws.com' } })] }, false],
  ['ECS to tag its sessions', { Statement: [allow({ Action: 'sts:TagSession', Principal: { Service: ECS } })] }, false],
  ['ECS not', { Statement: [{ ...allow({ Principal: { Service: ECS } }), Effect: 'Deny' }] }, false],
  ['an account', { Statement: [allow({ Principal: { AWS: 'arn:aws:iam::111122223333:root' } })] }, false],
  ['nobody', {}, false],
])('a role that trusts %s is assumed by ECS or not', (_, trust, may) => {
  expect(mayAssume(trust, ECS)).toBe(may)
})

const management = (more: { Field: string; Equals: string[] }[] = []) => ({
  FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }, ...more],
})

test.each<[what: string, logging: Partial<Parameters<typeof logsManagement>[0]>, logs: boolean]>([
  ['all events', { selectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] }, true],
  ['what is changed', { selectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }] }, true],
  ['what is read', { selectors: [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }] }, false],
  ['data alone', { selectors: [{ IncludeManagementEvents: false }] }, false],
  ['management events, by fields', { advanced: [management()] }, true],
  ['reads, by fields', { advanced: [management([{ Field: 'readOnly', Equals: ['true'] }])] }, false],
  ['data, by fields', { advanced: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }] }, false],
  ['nothing for now', { isLogging: false, selectors: [{ IncludeManagementEvents: true }] }, false],
])('a trail that logs %s tells who changed something or not', (_, logging, logs) => {
  expect(logsManagement({ isLogging: true, selectors: [], advanced: [], ...logging })).toBe(logs)
})

test.each([
  ['ALARM("errors") OR ALARM("slow answers")', ['errors', 'slow answers']],
  ["NOT OK(errors) AND (INSUFFICIENT_DATA('slow') OR ALARM(errors))", ['errors', 'slow']],
  ['ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors)', ['errors']],
  ['TRUE', []],
])('the rule %s asks for the alarms %j', (rule, children) => {
  expect(childrenOf(rule)).toEqual(children)
})

test('an alarm that is gone is told once, whoever names it', () => {
  const alarms = [{ name: 'unwell', rule: 'ALARM(errors) OR ALARM(slow)' }]
  const lacks = whyGone({ alarms, ours: ['errors', 'unwell'], inEcs: ['errors', 'owners'] })
  expect(lacks.map(({ found }) => found)).toEqual([
    'CloudWatch has no alarm errors in this account and region',
    'CloudWatch has no alarm owners in this account and region',
    'composite alarm unwell asks for alarm slow, which CloudWatch has not',
  ])
})

test('of a composite alarm and what makes it ring, the latter is told', () => {
  const rings = { state: 'ALARM', since: 0, reason: 'three errors' }
  const lacks = whyRinging(
    [
      { name: 'errors', ...rings },
      { name: 'unwell', ...rings, rule: 'ALARM(errors)' },
      { name: 'asleep', ...rings, rule: 'OK(slow)' },
      { name: 'slow', ...rings, state: 'OK' },
    ],
    'demo',
    'production',
  )
  expect(lacks.map(({ command }) => command)).toEqual([
    'npm run -s sluice -- lift demo production alarm errors',
    'npm run -s sluice -- lift demo production alarm asleep',
  ])
})

test('errors are counted where an application load balancer sends requests', () => {
  const [application, network] = ['app', 'net'].map(kind => ({
    balancers: [`arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/${kind}/shop/1`],
  }))
  expect(whyUncounted([{ balancers: [] }, application ?? { balancers: [] }])).toBeUndefined()
  for (const groups of [[], [network ?? { balancers: [] }]])
    expect(whyUncounted(groups)?.remedy).toBe('take watch.errorRate out of the application file, or watch an alarm')
})

const group = (name: string, vpc: string, type = 'ip') => ({ arn: `targetgroup/${name}/1`, vpc, type })

test('both target groups of a service take the same targets, in the same network', () => {
  expect(whyUnlike([group('blue', 'vpc-1'), group('green', 'vpc-1')])).toEqual([])
  expect(whyUnlike([group('blue', 'vpc-1'), group('green', 'vpc-2', 'instance')]).map(({ found }) => found)).toEqual([
    'its target groups are in different VPCs: blue vpc-1, green vpc-2',
    'its target groups take different targets: blue ip, green instance',
  ])
})

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/database-AbCdEf'
test.each([
  [SECRET, { id: SECRET }],
  [`${SECRET}:password::`, { id: SECRET, key: 'password' }],
  [`${SECRET}::AWSCURRENT:`, { id: SECRET }],
  [`${SECRET}:password::1f`, { id: SECRET, key: 'password', versionId: '1f' }],
  ['arn:aws:ssm:eu-west-1:111122223333:parameter/shop/database', undefined],
  ['/shop/database', undefined],
])('a container that takes %s takes it from %j', (valueFrom, source) => {
  expect(secretIn(valueFrom)).toEqual(source)
})

describe('a database', () => {
  const backup = { kind: 'rds-instance', id: 'shop' } as const
  const found: FoundDatabase = { status: 'available', retentionDays: 7 }
  const restores = { onRollback: 'restore', restoreFrom: 'moment' } as const

  test.each<[what: string, change: Partial<FoundDatabase>, migrate?: Parameters<typeof whyNotBackedUp>[1]]>([
    ['that is there', {}],
    ['that is being backed up just now', { status: 'backing-up' }],
    ['that can be restored to a moment', {}, restores],
    [
      'without automated backups, of which none is asked',
      { retentionDays: 0 },
      { ...restores, restoreFrom: 'snapshot' },
    ],
    ['without automated backups, which keeps what it has', { retentionDays: 0 }, { ...restores, onRollback: 'keep' }],
  ])('%s can be backed up', (_, change, migrate) => {
    expect(whyNotBackedUp(backup, migrate, { ...found, ...change })).toBeUndefined()
  })

  test.each<[said: string, change: Partial<FoundDatabase>, migrate?: Parameters<typeof whyNotBackedUp>[1]]>([
    ['is storage-full: RDS makes no snapshot of it', { status: 'storage-full' }],
    ['is deleting: RDS makes no snapshot of it', { status: 'deleting' }],
    ['belongs to cluster books', { cluster: 'books' }],
    ['keeps no automated backups, and migrate.restoreFrom is moment', { retentionDays: 0 }, restores],
    ['keeps no automated backups', { retentionDays: 0 }, { ...restores, onRollback: 'ask' }],
  ])('that %s cannot', (said, change, migrate) => {
    expect(whyNotBackedUp(backup, migrate, { ...found, ...change })?.found).toContain(`DB instance shop ${said}`)
  })
})

describe('an examination', () => {
  const lack = { found: 'it is gone', remedy: 'make it' }

  test('asks once for what several need, and tells the first of them', async () => {
    const examination = createExamination('demo')
    for (const service of ['api', 'web'])
      await examination.askOnce('role', 'role', { stage: 'production', service }, async () => judged(lack))
    expect(examination.groups).toMatchObject([{ stage: 'production', passed: 0, findings: [{ service: 'api' }] }])
  })

  test('takes what fails for a finding, and denials apart from outages', async () => {
    const examination = createExamination('demo')
    const failing = (name: string, message: string) => async () => {
      throw Object.assign(new Error(message), { name })
    }
    await examination.ask('one', {}, failing('AccessDeniedException', 'User is not authorized to perform: ecs:X'))
    await examination.ask('two', {}, failing('TimeoutError', 'no answer'))
    expect(await examination.ask('three', {}, () => sound(7))).toBe(7)
    expect(examination.groups[0]).toMatchObject({
      passed: 1,
      findings: [
        { found: expect.stringMatching(/^cannot be looked at: AccessDeniedException/), remedy: /let whoever/ },
        { found: 'cannot be looked at: TimeoutError: no answer', remedy: /see that AWS answers/ },
      ].map(each => ({ ...each, remedy: expect.stringMatching(each.remedy) })),
    })
  })

  test('tells a command beside the remedy', async () => {
    const examination = createExamination('demo')
    await examination.ask('one', { stage: 'staging' }, () => judged({ ...lack, command: 'aws make it' }))
    expect(examination.groups[0]?.findings).toEqual([
      { check: 'one', app: 'demo', stage: 'staging', found: 'it is gone', remedy: 'make it: aws make it' },
    ])
  })
})
