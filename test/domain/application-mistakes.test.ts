import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { mistakes, sentence } from '../../domain/invalid.ts'
import { mistakesIn, type Spoil, withValue } from './spoiling.ts'

const NETWORK = { subnets: ['subnet-0a1b2c3d'], securityGroups: ['sg-0a1b2c3d'], assignPublicIp: true }
const TASK = { taskDefinition: 'demo-database', container: 'work', network: NETWORK }

function stage(name: string, more: object) {
  return {
    name,
    cluster: `demo-${name}`,
    services: [
      {
        ...{ service: 'demo-api', container: 'api', image: 'api', strategy: 'rolling', taskDefinition: 'latest' },
        imageParameter: `/demo/${name}/image`,
      },
    ],
    smoke: [{ service: 'demo-api', url: 'https://demo.example/health', status: 200, within: '2s' }],
    deploy: { within: '15m' },
    ...more,
  }
}

/** Every field that an application file can have, and every kind of backup. */
const FULL = {
  app: 'demo',
  images: { api: 'demo-api' },
  trigger: { tags: '^v', queue: 'queue', settle: '5m' },
  stages: [
    stage('first', {
      backup: { kind: 'none' },
      groups: [['demo-api']],
      freeze: [
        { from: '2030-12-23T18:00:00Z', until: '2031-01-02T08:00:00Z', because: 'the new year' },
        { from: 'Fri 16:00', until: 'Mon 07:00', zone: 'Europe/Berlin', because: 'the weekend' },
      ],
      watch: {
        ...{ for: '5m', alarms: ['demo-errors'], errorRate: { above: '10%', atLeast: 100 } },
        ...{ extend: '5m', unclear: 'complete' },
      },
      after: [{ kind: 'cloudfront-invalidation', distribution: 'E1A2B3C4D5E6F7', paths: ['/*'] }],
    }),
    stage('second', { backup: { kind: 'task', ...TASK, bucket: 'demo-backups', within: '1h' } }),
    stage('third', {
      backup: { kind: 'rds-cluster', id: 'demo-third', keep: 3, within: '1h' },
      migrate: { ...TASK, image: 'api', within: '20m', onRollback: 'restore', restoreFrom: 'moment' },
    }),
    stage('fourth', {
      approval: {
        approvers: [
          { name: 'Ana', slack: 'U012AB3CD' },
          { name: 'Bo', email: 'bo@demo.example' },
        ],
        required: 1,
        expiresAfter: '24h',
      },
      backup: { kind: 'rds-instance', id: 'demo-fourth', keep: 3, within: '1h' },
      migrate: {
        ...{ ...TASK, taskDefinition: 'demo-fourth', image: 'api' },
        ...{ onRollback: 'ask', down: { command: ['migrate', 'down'], image: 'previous' } },
      },
    }),
  ],
  notify: {
    slack: { mode: 'bot', channel: '#deploys', secret: 'demo/slack' },
    pagerduty: { secret: 'demo/pagerduty', on: ['failed'] },
  },
}

function linesOf(file: unknown): string[] {
  const parsed = applicationSchema.safeParse(file, { reportInput: true })
  return parsed.success ? [] : mistakes(parsed.error, file).map(sentence)
}

/** What somebody can do, in the first words that are about it. */
const REMEDY = /\b(write|take|correct|name|give|must be|must have)\b/
/** How the parser speaks to programmers. */
const FOREIGN =
  /Invalid|Expected|expected|received|Unrecognized|Too (big|small)|undefined|discriminator|safeint|regex|\b(boolean|string|object)\b/

const shownAs = (value: unknown) => {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

describe('every mistake that the schema lets one make', () => {
  const { mistakes: all, absent } = mistakesIn(FULL)
  const named = all.map(mistake => [`${mistake.path} ${mistake.spoil}: ${shownAs(mistake.value)}`, mistake] as const)

  test('is derived from a file that is right and leaves no field out', () => {
    expect(linesOf(FULL)).toEqual([])
    expect(absent).toEqual([])
  })

  test.each<[Spoil, number]>([
    ['missing', 40],
    ['ill-typed', 60],
    ['out of range', 60],
    ['unknown', 20],
  ])('is one of many: %s', (spoil, atLeast) => {
    expect(all.filter(mistake => mistake.spoil === spoil).length).toBeGreaterThanOrEqual(atLeast)
  })

  test.each(named)('%s', (_, { path, file, value }) => {
    const line = linesOf(file).find(each => each.startsWith(`${path}: `))
    expect(line).toBeDefined()
    expect(line).toContain(`${path}: ${shownAs(value)}: `)
    const remedy = line?.slice(`${path}: ${shownAs(value)}: `.length)
    expect(remedy).toMatch(REMEDY)
    expect(remedy).not.toMatch(FOREIGN)
  })
})

describe('a backup', () => {
  const kinds = 'one of "rds-instance", "rds-cluster", "task", "none"'
  const withBackup = (backup: unknown) => linesOf(withValue(FULL, ['stages', 0, 'backup'], backup))

  test.each(['dynamodb', 'atlas', 'rds', 7])('of kind %s is refused with the kinds that there are', kind => {
    expect(withBackup({ kind, id: 'demo' })).toEqual([
      `stages.0.backup.kind: ${JSON.stringify(kind)}: must be ${kinds}`,
    ])
  })

  test('without its kind is told at the field that is missing', () => {
    expect(withBackup({ id: 'demo' })).toEqual([`stages.0.backup.kind: nothing: is missing; write ${kinds}`])
  })

  test('of one kind has no field of another', () => {
    expect(withBackup({ kind: 'none', keep: 5 })).toEqual([
      'stages.0.backup.keep: 5: is not a field here; correct its name or take it out',
    ])
  })

  test.each(['1demo', 'demo-', 'demo--api', 'd'.repeat(64), `d${'-d'.repeat(32)}`])(
    'of a database that cannot be called %s',
    id => {
      expect(withBackup({ kind: 'rds-instance', id })).toEqual([
        `stages.0.backup.id: ${JSON.stringify(id)}: must be the identifier of the database in RDS: up to 63 letters, digits and single hyphens, beginning with a letter`,
      ])
    },
  )
})

describe('a bucket', () => {
  const kept = (bucket: string) => linesOf(withValue(FULL, ['stages', 1, 'backup', 'bucket'], bucket))

  test.each(['backups..of.demo', '192.168.1.1', 'Backups', 'demo/backups'])('cannot be called %s', bucket => {
    expect(kept(bucket)).toEqual([
      `stages.1.backup.bucket: ${JSON.stringify(bucket)}: must be the name of an S3 bucket`,
    ])
  })

  test.each(['backups.of.demo', '192.168.1.backups', '2026-backups'])('can be called %s', bucket => {
    expect(kept(bucket)).toEqual([])
  })
})

describe('a command that undoes a migration', () => {
  const AT = ['stages', 3, 'migrate', 'down', 'command']
  const saying = (...command: string[]) => linesOf(withValue(FULL, AT, command))
  /** Without a word's own characters; the container is called work. */
  const FRAME = '{"containerOverrides":[{"name":"work","command":[]}]}'.length

  test('may be as long as ECS takes it', () => {
    const words = [...Array.from({ length: 8 }, () => 'x'.repeat(1_000)), '']
    const used = FRAME + 8 * 1_003 + 2
    expect(saying(...words.slice(0, -1), 'x'.repeat(8_192 - used))).toEqual([])
    const [line, ...others] = saying(...words.slice(0, -1), 'x'.repeat(8_193 - used))
    expect(others).toEqual([])
    expect(line).toMatch(
      /^stages\.3\.migrate\.down\.command: .*: comes to 8193 characters, of which ECS takes 8192; put it into a script/,
    )
  })

  test('counts what JSON makes of its words', () => {
    expect(saying(...Array.from({ length: 5 }, () => '"'.repeat(1_000)))).toHaveLength(1)
  })

  test('has no blank word', () => {
    expect(saying('migrate', ' ')).toEqual(['stages.3.migrate.down.command.1: " ": is blank; write a word'])
  })
})

describe('a migration whose way back cannot be', () => {
  const AT = 'stages.3.migrate'
  const change = (...changes: [path: (string | number)[], value: unknown][]) =>
    linesOf(changes.reduce<object>((file, [path, value]) => withValue(file, ['stages', 3, ...path], value), FULL))
  const down = { command: ['down'] }
  const none = [['backup'], { kind: 'none' }] as [string[], unknown]

  test.each<[string, Parameters<typeof change>, string]>([
    [
      'down without its command',
      [
        [['migrate', 'onRollback'], 'down'],
        [['migrate', 'down'], undefined],
      ],
      `${AT}.down: nothing: is missing; write the command that undoes the migration`,
    ],
    [
      'a command that nobody would run',
      [
        [['migrate', 'onRollback'], 'keep'],
        [['migrate', 'down'], down],
      ],
      `${AT}.down: {"command":["down"]}: is not used with onRollback keep; take it out, or write onRollback down or ask`,
    ],
    [
      'a command beside a restored database',
      [
        [['migrate', 'onRollback'], 'restore'],
        [['migrate', 'down'], down],
      ],
      `${AT}.down: {"command":["down"]}: is not used with onRollback restore; take it out, or write onRollback down or ask`,
    ],
    [
      'nothing to restore from',
      [[['migrate', 'onRollback'], 'restore'], [['migrate', 'down'], undefined], none],
      `${AT}.onRollback: "restore": needs a backup of kind rds-instance or rds-cluster in this stage; write one, or keep`,
    ],
    [
      'nobody to ask',
      [[['approval'], undefined]],
      `${AT}.onRollback: "ask": needs approvers to ask in this stage; write approval, or keep, down or restore`,
    ],
    [
      'nothing to choose from',
      [[['migrate', 'down'], undefined], none],
      `${AT}.onRollback: "ask": leaves nothing to choose; write down, or a backup of kind rds-instance or rds-cluster`,
    ],
  ])('%s', (_, changes, line) => {
    expect(change(...changes)).toEqual([line])
  })

  test('an image that is not the application’s', () => {
    expect(linesOf(withValue(FULL, ['stages', 2, 'migrate', 'image'], 'web'))).toEqual([
      'stages.2.migrate.image: "web": is not under images; write one of api',
    ])
  })

  test('a command of an image that the stage does not serve', () => {
    const file = structuredClone(FULL) as typeof FULL & { images: Record<string, string> }
    Object.assign(file.images, { migrations: 'demo-migrations' })
    expect(linesOf(withValue(file, ['stages', 3, 'migrate', 'image'], 'migrations'))).toEqual([
      `${AT}.down: {"command":["migrate","down"],"image":"previous"}: has no previous image: no service of this stage runs image migrations; write image: new`,
    ])
  })
})

describe('two stages that one task definition migrates', () => {
  const stageOf = (name: string, id: string) => ({
    ...{ name, cluster: name, backup: { kind: 'rds-instance', id } },
    migrate: { taskDefinition: 'migrations', container: 'migrate', image: 'api' },
    services: [{ service: 'api', container: 'api', image: 'api', strategy: 'rolling' }],
  })
  const file = (...ids: [string, string]) => ({
    ...{ app: 'demo', images: { api: 'demo-api' }, trigger: { tags: '^v' } },
    stages: [stageOf('staging', ids[0]), stageOf('production', ids[1])],
  })

  test('have one database', () => {
    expect(linesOf(file('demo', 'Demo'))).toEqual([])
  })

  test('are refused where they have two: staging would migrate that of production', () => {
    expect(linesOf(file('demo-staging', 'demo-production'))).toEqual([
      'stages.1.migrate.taskDefinition: "migrations": migrates the database of stage staging, and this stage backs up another; give each stage a family of its own',
    ])
  })
})
