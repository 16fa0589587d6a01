import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Terminal } from '../../../cli/commands/command.ts'
import { AwsError } from '../../../rehearsal/aws/service.ts'
import { createWorld, type World } from '../../functions/world.ts'

const LINKS = 'arn:aws:sns:eu-west-1:111122223333:links'

function deploy({ services, machines }: World, name: string, more: Record<string, string> = {}): void {
  const own = { TableName: 'ledger', Applications: 'demo,shop', StartReleaseName: 'start-release' }
  const ours = { ReleaseMachineArn: machines.release, RollbackMachineArn: machines.rollback }
  services.cloudFormation.putStack({ name, outputs: { ...own, ...ours, ...more } })
}

async function findGround(stack = 'Sluice', noted: string[] = []) {
  const { findGround } = await import('../../../cli/doctor/ground.ts')
  const terminal = { note: (line: string) => void noted.push(line) } as unknown as Terminal
  return findGround(terminal, { aws: true, stack })
}

test('the stack says what was deployed with which version, and by which topic links go out', async () => {
  deploy(await createWorld(), 'Sluice', { ApplicationVersions: 'a1,b2', LinksTopicArn: LINKS })
  expect(await findGround()).toEqual({
    account: '111122223333',
    installed: {
      ...{ stack: 'Sluice', status: 'CREATE_COMPLETE', links: LINKS },
      ...{ applications: ['demo', 'shop'], versions: ['a1', 'b2'] },
    },
    lack: undefined,
  })
})

test('one that an older Sluice was deployed with is asked for what it says', async () => {
  deploy(await createWorld(), 'Sluice')
  expect(await findGround()).toMatchObject({
    installed: { applications: ['demo', 'shop'], versions: [], links: undefined },
  })
})

test('one of another name is found by that', async () => {
  deploy(await createWorld(), 'Payments')
  expect(await findGround()).toEqual({ account: '111122223333', installed: undefined, lack: undefined })
  expect(await findGround('Payments')).toMatchObject({ installed: { stack: 'Payments' } })
})

test('whose account it is, and which region, is said before anything is asked there', async () => {
  const { services } = await createWorld()
  const { operations } = services.cloudFormation
  const noted: string[] = []
  services.faults.add({ service: 'sts', operation: 'GetCallerIdentity', does: { fail: 'Busy' } })
  await expect(findGround('Sluice', noted)).rejects.toThrow('stack Sluice cannot be asked for on AWS')
  expect(noted).toEqual([])
  operations.DescribeStacks = () => {
    throw new AwsError('AccessDenied', 'not authorized to perform: cloudformation:DescribeStacks', 403)
  }
  expect(await findGround('Sluice', noted)).toEqual({
    ...{ account: '111122223333', installed: undefined },
    lack: {
      found: 'cannot be looked at: AccessDenied: not authorized to perform: cloudformation:DescribeStacks',
      remedy: 'let whoever asks do that, then ask again',
    },
  })
  expect(noted).toEqual([expect.stringMatching(/^in account 111122223333, region eu-west-1, as arn:aws:iam:/)])
})

test.each<[status: string, found: string, remedy: string, command?: string]>([
  ['ROLLBACK_COMPLETE', '', 'look at its events, mend what they name, and deploy it again', 'npm run deploy'],
  ['REVIEW_IN_PROGRESS', ': nothing of it was made yet', 'deploy it', 'npm run deploy'],
  ['CREATE_IN_PROGRESS', '', 'let CloudFormation end that, then ask again'],
  ['DELETE_IN_PROGRESS', '', 'let CloudFormation end that, then ask again'],
  [
    ...(['DELETE_FAILED', '', 'look at its events, mend what they name, and have it deleted to the end'] as const),
    'aws cloudformation delete-stack --stack-name Sluice',
  ],
])('a stack that is %s and says nothing of itself is what is wrong', async (status, found, remedy, command) => {
  const { services } = await createWorld()
  services.cloudFormation.operations.DescribeStacks = () => ({
    Stacks: [{ StackName: 'Sluice', StackStatus: status, CreationTime: new Date(0) }],
  })
  const { installed, lack } = await findGround()
  expect(installed).toBeUndefined()
  expect(lack).toEqual({ found: `stack Sluice is ${status}${found}`, remedy, ...(command && { command }) })
})

test("a stack that stands and says nothing of an installation may be somebody else's", async () => {
  const { services } = await createWorld()
  services.cloudFormation.putStack({ name: 'Sluice', outputs: { Bucket: 'photos' } })
  expect((await findGround()).lack?.found).toContain('stack Sluice says nothing of an installation')
})

test('a person whose keys and region are in files asks every service with them', async () => {
  const world = await createWorld()
  deploy(world, 'Sluice')
  const folder = mkdtempSync(join(tmpdir(), 'keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = world.services.env
  writeFileSync(join(folder, 'credentials'), `[shop]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`)
  writeFileSync(join(folder, 'config'), '[profile shop]\nregion=eu-west-1\n')
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION']) delete process.env[name]
  Object.assign(process.env, {
    AWS_PROFILE: 'shop',
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_CONFIG_FILE: join(folder, 'config'),
  })
  onTestFinished(() => {
    for (const name of ['AWS_PROFILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) delete process.env[name]
  })
  expect(await findGround()).toMatchObject({ installed: { stack: 'Sluice' } })
  const { describeAlarms } = await import('../../../functions/aws/cloudwatch.ts')
  expect(await describeAlarms(['none'])).toEqual([])
  expect(world.logged).toEqual([])
})
