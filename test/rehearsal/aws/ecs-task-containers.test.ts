import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTaskWorld, type TaskWorld } from './task-world.ts'

const ROLES = {
  executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
  taskRoleArn: 'arn:aws:iam::111122223333:role/backup',
}
const UNABLE = 'ResourceInitializationError: unable to pull secrets or registry auth: '

let world: TaskWorld
afterEach(() => world.close())

describe.each(['jump', 'paced'] as const)('in the %s drive', drive => {
  beforeEach(async () => {
    world = await createTaskWorld(drive)
  })

  test('a command’s environment is the definition’s, and the override’s where that says something else', async () => {
    const environment = [
      { name: 'TARGET', value: 'production' },
      { name: 'REGION', value: 'eu' },
    ]
    await world.register({ environment, command: ['print', 'TARGET'] })
    const { tasks: [first, second] = [] } = await world.run({ count: 2 })
    expect(first?.taskArn).not.toBe(second?.taskArn)
    expect(await world.printed(await world.stopped(second?.taskArn))).toEqual(['TARGET=production'])
    const override = { name: 'tool', environment: [{ name: 'TARGET', value: 'staging' }] }
    const { tasks: [task] = [] } = await world.run({ overrides: { containerOverrides: [override] } })
    expect(await world.printed(await world.stopped(task?.taskArn))).toEqual(['TARGET=staging'])
    expect(await world.printed(await world.ran(['print', 'REGION']))).toEqual(['REGION=eu'])
  })

  test('a secret, or a member of one, is in the environment of the container that asks for it', async () => {
    const { arn } = world.secrets.createSecret({ name: 'database', value: '{"url":"postgres://db","port":5432}' })
    const secrets = [
      { name: 'WHOLE', valueFrom: arn },
      { name: 'URL', valueFrom: `${arn}:url::` },
      { name: 'PORT', valueFrom: `${arn}:port:AWSCURRENT:` },
    ]
    await world.register({ secrets }, ROLES)
    expect(await world.printed(await world.ran(['print', 'WHOLE']))).toEqual([
      'WHOLE={"url":"postgres://db","port":5432}',
    ])
    expect(await world.printed(await world.ran(['print', 'URL']))).toEqual(['URL=postgres://db'])
    expect(await world.printed(await world.ran(['print', 'PORT']))).toEqual(['PORT=5432'])
  })

  test('a task works with the keys of its role: it puts its backup into S3 and says where', async () => {
    await world.register({}, ROLES)
    const task = await world.ran(['backup', 'shop-backups', 'staging/1.sql'])
    expect(await world.printed(task)).toEqual(['s3://shop-backups/staging/1.sql'])
    const head = new HeadObjectCommand({ Bucket: 'shop-backups', Key: 'staging/1.sql' })
    const { ContentLength, LastModified } = await world.clients.s3.send(head)
    expect(ContentLength).toBe(22)
    expect(LastModified?.getTime()).toBeGreaterThanOrEqual(Math.floor((task.startedAt?.getTime() ?? 0) / 1000) * 1000)
    expect(LastModified?.getTime()).toBeLessThanOrEqual(task.stoppedAt?.getTime() ?? 0)
  })

  test('a task sees the time of AWS', async () => {
    await world.register()
    await world.clock.sleep((3 * 24 * 3_600_000) / (drive === 'jump' ? 1 : 1000))
    const task = await world.ran(['date'])
    const [date = ''] = await world.printed(task)
    expect(Date.parse(date)).toBeGreaterThanOrEqual(task.pullStoppedAt?.getTime() ?? 0)
    expect(Date.parse(date)).toBeLessThanOrEqual(task.executionStoppedAt?.getTime() ?? 0)
  })
})

describe('secrets that cannot be read', () => {
  beforeEach(async () => {
    world = await createTaskWorld('jump')
  })

  test.each([
    [
      'is not there',
      ':secret:other-AbCdEf',
      "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    ],
    ['has no such member', ':secret:database:password::', 'did not contain json key password'],
    ['is no JSON', ':secret:plain:password::', 'is not JSON'],
    ['has no such version', ':secret:plain::AWSPREVIOUS:', 'AWSPREVIOUS'],
  ])('a secret that %s: the task failed to start, and no container has an exit code', async (_, end, because) => {
    world.secrets.createSecret({ name: 'database', value: '{"url":"postgres://db"}' })
    world.secrets.createSecret({ name: 'plain', value: 'postgres://db' })
    const valueFrom = `arn:aws:secretsmanager:eu-west-1:111122223333${end}`
    await world.register({ secrets: [{ name: 'DATABASE', valueFrom }] }, ROLES)
    const task = await world.ran(['print', 'DATABASE'])
    expect(task.stopCode).toBe('TaskFailedToStart')
    expect(task.stoppedReason).toContain(UNABLE)
    expect(task.stoppedReason).toContain(because)
    expect(task.containers?.[0]?.exitCode).toBeUndefined()
    expect(world.ecs.tasksRun()).toMatchObject([{ stopCode: 'TaskFailedToStart', exitCodes: { tool: undefined } }])
  })

  test('a task without a role has no keys', async () => {
    await world.register()
    expect(await world.printed(await world.ran(['print', 'AWS_ACCESS_KEY_ID']))).toEqual([
      'AWS_ACCESS_KEY_ID=undefined',
    ])
  })
})
