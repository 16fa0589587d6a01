import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Terminal } from '../../../cli/commands/command.ts'
import { createWorld, type World } from '../../functions/world.ts'

const SILENT = { note: () => {} } as unknown as Terminal
const LINKS = 'arn:aws:sns:eu-west-1:111122223333:links'

function deploy({ services, machines }: World, name: string, more: Record<string, string> = {}): void {
  const own = { TableName: 'ledger', Applications: 'demo,shop', StartReleaseName: 'start-release' }
  const ours = { ReleaseMachineArn: machines.release, RollbackMachineArn: machines.rollback }
  services.cloudFormation.putStack({ name, outputs: { ...own, ...ours, ...more } })
}

async function findGround(stack = 'Sluice') {
  const { findGround } = await import('../../../cli/doctor/ground.ts')
  return findGround(SILENT, { aws: true, stack })
}

test('the stack says what was deployed with which version, and by which topic links go out', async () => {
  deploy(await createWorld(), 'Sluice', { ApplicationVersions: 'a1,b2', LinksTopicArn: LINKS })
  expect(await findGround()).toEqual({
    ...{ stack: 'Sluice', status: 'CREATE_COMPLETE', links: LINKS },
    ...{ applications: ['demo', 'shop'], versions: ['a1', 'b2'] },
  })
})

test('one that an older Sluice was deployed with is asked for what it says', async () => {
  deploy(await createWorld(), 'Sluice')
  expect(await findGround()).toMatchObject({ applications: ['demo', 'shop'], versions: [], links: undefined })
})

test('one of another name is found by that', async () => {
  deploy(await createWorld(), 'Payments')
  expect(await findGround()).toBeUndefined()
  expect(await findGround('Payments')).toMatchObject({ stack: 'Payments' })
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
  expect(await findGround()).toMatchObject({ stack: 'Sluice' })
  const { describeAlarms } = await import('../../../functions/aws/cloudwatch.ts')
  expect(await describeAlarms(['none'])).toEqual([])
  expect(world.logged).toEqual([])
})
