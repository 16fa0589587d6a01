import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../cli/doctor/examination.ts'
import { releaseId } from '../../domain/identity.ts'
import { changeLock } from '../../functions/aws/lock.ts'
import { AwsError } from '../../rehearsal/aws/service.ts'
import { type Account, FILE, openAccount } from './doctor/account.ts'
import { alone } from './doctor/alone.ts'
import { SERVICES } from './doctor/defects/services.ts'
import { outputs, SURROUNDINGS } from './doctor/defects/surroundings.ts'
import { TASKS } from './doctor/defects/tasks.ts'
import { TRAFFIC } from './doctor/defects/traffic.ts'
import { UNDER_WAY } from './doctor/defects/under-way.ts'
import { denied, production, refused, type Seed, secret, told } from './doctor/seeds.ts'

let account: Account
beforeAll(async () => {
  account = await openAccount()
}, 300_000)
afterAll(() => account.close())

/** Something is otherwise for as long as this takes. */
async function where<T>(seed: Seed, looks: () => Promise<T>): Promise<T> {
  const undo = await seed(account)
  try {
    return await looks()
  } finally {
    await undo()
  }
}

describe('an account in which nothing is wrong', () => {
  test('is told in one line for each group, and what is no defect is only noted', async () => {
    const { code, said, noted } = await account.doctor(FILE)
    expect(said.replace(/\d+ asked/g, 'all asked').replace(/^\d+ passed/m, 'all passed')).toBe(
      [
        'demo',
        '  application  ✓ all asked',
        '    · repository demo-api: tags are MUTABLE; a release keeps the digests it began with',
        '    · repository demo-web: tags are MUTABLE; a release keeps the digests it began with',
        '  staging      ✓ all asked',
        '  production   ✓ all asked',
        '',
        'all passed, 0 failed',
        '',
      ].join('\n'),
    )
    expect(code).toBe(0)
    expect(noted).toEqual([
      expect.stringMatching(/^in account 111122223333, region eu-west-1, as /),
      'looking at demo …',
      'looking at staging of demo …',
      'looking at production of demo …',
    ])
  })

  test('is one line of JSON where that is asked for', async () => {
    const { said } = await account.doctor(FILE, '--json')
    expect(said.split('\n')).toHaveLength(2)
    expect(JSON.parse(said)).toEqual({ passed: expect.any(Number), failed: 0, findings: [] })
  })

  test('can be looked at stage by stage, and by the name of its application', async () => {
    const [all, staging, production] = [
      await account.diagnosis(),
      await account.diagnosis('--stage', 'staging'),
      await account.diagnosis('--stage', 'production'),
    ]
    expect(staging.passed).toBeLessThan(all.passed)
    expect(production.passed).toBeLessThan(all.passed)
    const byName = JSON.parse((await account.doctor('demo', '--json')).said)
    const installed = JSON.parse((await account.doctor('--json')).said)
    expect(byName).toEqual(all)
    expect(installed).toEqual(all)
  })
})

describe('an account in which something is wrong', () => {
  test.each([...SERVICES, ...TRAFFIC, ...TASKS, ...SURROUNDINGS, ...UNDER_WAY])(
    'has $defect, and that is all that is found, with what mends it',
    async ({ seed, finds, remedy }) => {
      const { failed, findings } = await where(seed, () => account.diagnosis())
      const told = { found: expect.stringContaining(finds.found), remedy: expect.stringContaining(remedy) }
      expect(findings).toEqual([{ app: 'demo', ...finds, ...told }])
      expect(failed).toBe(1)
    },
  )

  test('is told so under its stage, and the command ends with 1', async () => {
    const draining = production(found => ({ ...found, status: 'DRAINING' }))
    const { code, said } = await where(draining, () => account.doctor(FILE))
    expect(code).toBe(1)
    expect(said).toMatch(
      /\n {2}production {3}✗ 1 wrong, \d+ asked and fine\n {4}✗ demo-api service: service demo-api of cluster demo-production is DRAINING\n {6}→ create it, .*\n\n\d+ passed, 1 failed\n$/,
    )
  })

  test('is never told what a secret says', async () => {
    const { said } = await where(secret('demo/pagerduty', '{"routingKey":"hush-hush"'), () => account.doctor(FILE))
    expect(said).toContain('secret demo/pagerduty is of no use: it is not a JSON object')
    expect(said).not.toContain('hush')
  })

  test('has one finding for each question that AWS does not let anybody ask', async () => {
    const refusal = new AwsError('AccessDenied', 'not authorized to perform: iam:GetRole', 403)
    const { findings } = await where(
      refused(({ iamRoles }) => iamRoles, 'GetRole', refusal),
      () => account.diagnosis(),
    )
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(['role']))
    expect(findings.length).toBeGreaterThan(1)
    for (const { found } of findings) expect(found).toMatch(/^cannot be looked at: AccessDenied: /)
  })
})

describe('a stage of one service', () => {
  const ours = [...SERVICES, ...TRAFFIC, ...TASKS].filter(({ finds }) => finds.stage !== undefined)

  test.each(ours.filter(({ finds }) => finds.service !== 'demo-web'))(
    'that has $defect has nothing else that is wrong',
    async ({ seed, finds }) => {
      const { file, version } = alone()
      const { said } = await where(outputs({ ApplicationVersions: version }), () =>
        where(seed, () => account.doctor(file, '--json')),
      )
      expect(JSON.parse(said).findings).toMatchObject([{ ...finds, found: expect.stringContaining(finds.found) }])
    },
  )

  test('that nobody may look at is not said to count no errors', async () => {
    const { file } = alone()
    const unseen = refused(({ ecs }) => ecs, 'DescribeServices', denied('ecs:DescribeServices'))
    const { said } = await where(unseen, () => account.doctor(file, '--json', '--stage', 'production'))
    const checks = JSON.parse(said).findings.map(({ check }: Finding) => check)
    expect(checks).toContain('service')
    expect(checks).not.toContain('error-rate')
  })
})

describe('before the stack is there', () => {
  const absent = refused(
    ({ cloudFormation }) => cloudFormation,
    'DescribeStacks',
    new AwsError('ValidationError', 'Stack with id Sluice does not exist'),
  )

  test('the account is looked at all the same, and what needs the stack is noted', async () => {
    const { code, said } = await where(absent, () => account.doctor(FILE))
    expect(said).toContain(
      '· Sluice is not deployed here yet: whose the services are, locks and e-mail are not asked for',
    )
    expect(said).toContain('0 failed')
    expect(code).toBe(0)
  })

  test('a defect of the account is found', async () => {
    const draining = production(found => ({ ...found, status: 'DRAINING' }))
    const { findings } = await where(absent, () => where(draining, () => account.diagnosis()))
    expect(findings).toMatchObject([{ check: 'service', stage: 'production', service: 'demo-api' }])
  })

  test('who may not ask for it is told so, and the account is looked at all the same', async () => {
    const denied = refused(
      ({ cloudFormation }) => cloudFormation,
      'DescribeStacks',
      new AwsError('AccessDenied', 'No.', 403),
    )
    const { said } = await where(denied, () => account.doctor(FILE))
    expect(said).toContain('✗ installation: cannot be looked at: AccessDenied: No.')
    expect(said).toContain('· the stack cannot be asked: whose the services are, locks and e-mail are not asked for')
    expect(said).toMatch(/\n\d{2} passed, 1 failed\n$/)
  })

  test('one that was never deployed to its end is what is wrong, and the account is looked at all the same', async () => {
    const fallen = told<{ Stacks: object[] }>(
      ({ cloudFormation }) => cloudFormation,
      'DescribeStacks',
      ({ Stacks }) => ({ Stacks: Stacks.map(each => ({ ...each, StackStatus: 'ROLLBACK_COMPLETE', Outputs: [] })) }),
    )
    const { findings, passed } = await where(fallen, () => account.diagnosis())
    expect(findings).toMatchObject([{ check: 'installation', found: 'stack Sluice is ROLLBACK_COMPLETE' }])
    expect(passed).toBeGreaterThan(20)
  })
})

test('databases that were restored and not deleted are noted, with what deletes them', async () => {
  const tags = [
    { Key: 'sluice:app', Value: 'demo' },
    { Key: 'sluice:stage', Value: 'staging' },
  ]
  const restored = told<{ DBInstances: object[] }>(
    ({ rds }) => rds,
    'DescribeDBInstances',
    ({ DBInstances: [first, ...rest] }, { DBInstanceIdentifier: id }: { DBInstanceIdentifier?: string }) =>
      id === undefined
        ? { DBInstances: [{ ...first, DBInstanceIdentifier: 'demo-staging-3f9c0a7f6d6a', TagList: tags }, ...rest] }
        : { DBInstances: [first] },
  )
  const { said } = await where(restored, () => account.doctor(FILE))
  expect(said).toContain(
    '· demo-staging-3f9c0a7f6d6a was restored for a way back; when nobody needs it any more: aws rds',
  )
  expect(said).toContain('0 failed')
})

test('while a release changes a stage, what it moves there is no defect, and that is noted', async () => {
  const held = { holder: 'execution', release: releaseId.parse('3f9c0a7f6d6a'), attempt: 1, since: 0 }
  await changeLock('demo', 'staging', lock => ({ next: { ...lock, held } }))
  const deployment = SERVICES.find(({ finds }) => finds.check === 'deployments')
  if (!deployment) throw new Error('no defect is a deployment')
  const { said } = await where(deployment.seed, () => account.doctor(FILE))
  await changeLock('demo', 'staging', ({ held: _, ...free }) => ({ next: free }))
  expect(said).toContain(
    '· release 3f9c0a7f6d6a-1 is changing it: where its users are, and its alarms, are not asked for',
  )
  expect(said).toContain('0 failed')
})

describe('what is asked for wrongly is refused:', () => {
  test.each([
    [
      'a stage that there is not',
      [FILE, '--stage', 'prod'],
      '--stage prod: is no stage of demo; write one of staging, production',
    ],
    ['an application that has no file', ['shop'], 'shop: no file of apps/ is of this application'],
    ['two files', [FILE, FILE], 'is one word too many'],
  ])('%s', async (_, args, said) => {
    await expect(account.doctor(...args)).rejects.toThrow(said)
  })

  test('a file that says nothing valid is a finding for each of its mistakes', async () => {
    const { code, said } = await account.doctor('apps/absent.yaml', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(said).findings).toMatchObject([{ check: 'application-file', app: 'apps/absent.yaml' }])
  })
})
