import { describe, expect, test } from 'vitest'
import { childrenOf, whyGone, whyRinging, whyUncounted } from '../../../cli/doctor/alarms.ts'
import { type FoundDatabase, type Whereabouts, whyNotBackedUp, whyNowhere } from '../../../cli/doctor/database.ts'
import { createExamination, judged, sound } from '../../../cli/doctor/examination.ts'
import { whyUnlike } from '../../../cli/doctor/load-balancing.ts'
import { sourceOf } from '../../../cli/doctor/task-definition.ts'

describe('a task of the database', () => {
  const awsvpcConfiguration = { subnets: ['subnet-0a1b2c3d'] }
  const network = { subnets: ['subnet-0a1b2c3d'], securityGroups: [], assignPublicIp: false }
  const vpc = { first: { serviceName: 'api', networkConfiguration: { awsvpcConfiguration } } }
  const bridge = { first: { serviceName: 'api' }, mode: 'bridge' }
  const task: Whereabouts = { field: 'migrate', family: 'migrations', mode: 'awsvpc', network: undefined, ...vpc }

  test.each<[what: string, change: Partial<Whereabouts>]>([
    ["has its first service's subnets", {}],
    ['has its own', { first: bridge.first, network }],
    ['needs none on instances', bridge],
    ['needs none where nobody says how it is in a network', { ...bridge, mode: undefined }],
    ['needs none on the network of the instance', { ...bridge, mode: 'host' }],
  ])('%s', (_, change) => {
    expect(whyNowhere({ ...task, ...change })).toBeUndefined()
  })

  test.each<[found: string, remedy: string, change: Partial<Whereabouts>]>([
    ['service api names no subnets', 'write migrate.network', { first: bridge.first }],
    ['task definition migrations has network mode bridge, ', 'take them out of the file, or ', { ...bridge, network }],
    ['would get those of service api', 'register it with network mode awsvpc', { mode: 'host' }],
    ['has network mode bridge', 'register it with network mode awsvpc', { mode: undefined }],
  ])('does not run: %s', (found, remedy, change) => {
    const lack = whyNowhere({ ...task, ...change })
    expect(lack?.found).toContain(found)
    expect(lack?.remedy).toContain(remedy)
  })
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

const PARAMETER = 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/database'
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/database-AbCdEf'
test.each([
  [SECRET, { kind: 'secret', id: SECRET }],
  [`${SECRET}:password::`, { kind: 'secret', id: SECRET, key: 'password' }],
  [`${SECRET}:password:AWSPREVIOUS:`, { kind: 'secret', id: SECRET, key: 'password', stage: 'AWSPREVIOUS' }],
  [`${SECRET}:password::1f`, { kind: 'secret', id: SECRET, key: 'password', versionId: '1f' }],
  [SECRET.replace('eu-west-1', 'eu-west-3'), undefined],
  [PARAMETER, { kind: 'parameter', name: PARAMETER }],
  ['/shop/database', { kind: 'parameter', name: '/shop/database' }],
  [PARAMETER.replace('eu-west-1', 'eu-west-3'), undefined],
  ['arn:aws:s3:::shop/database.env', undefined],
])('a container that takes %s takes it from %j', (valueFrom, source) => {
  expect(sourceOf(valueFrom, 'eu-west-1')).toEqual(source)
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
