import { expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { digest } from '../../domain/identity.ts'
import { noLongerNamed } from '../../domain/no-longer-named.ts'

const service = (name: string, more: object = {}) => ({
  ...{ service: name, container: 'app', image: 'api', strategy: 'blue-green' },
  ...more,
})
const stage = (name: string, more: object = {}) => ({
  name,
  cluster: `shop-${name}`,
  services: [service('api')],
  ...more,
})
const instance = { backup: { kind: 'rds-instance', id: 'Shop' } }
const migrate = { taskDefinition: 'migrations', container: 'migrate', image: 'api' }
const restored = { ...instance, migrate: { ...migrate, onRollback: 'restore' } }
const undone = { migrate: { ...migrate, onRollback: 'down', down: { command: ['undo'] } } }
const bucket = (name: string) => ({
  backup: { kind: 'task', taskDefinition: 'dumps', container: 'dump', bucket: name },
})
const after = (distribution: string) => ({
  after: [{ kind: 'cloudfront-invalidation', distribution, paths: ['/*'] }],
})

const fileOf = (stages: object[], images: object = { api: 'shop/api' }) =>
  applicationSchema.parse({ app: 'shop', images, trigger: { tags: '^v' }, stages })

function missing(plan: ReturnType<typeof fileOf>, file: ReturnType<typeof fileOf>) {
  const images = Object.entries(plan.images).map(([name, repository]) => [
    name,
    {
      name,
      repository,
      uri: `registry/${repository}`,
      digest: digest.parse(`sha256:${'0'.repeat(64)}`),
      platforms: [],
    },
  ])
  return noLongerNamed({ images: Object.fromEntries(images), stages: plan.stages }, file)
}

const production = (more: object = {}) => [stage('production', more)]
const [STAGING, PRODUCTION] = ['service api of cluster shop-staging', 'service api of cluster shop-production']

test.each<[what: string, plan: object[], file: object[]]>([
  ['is the same', production(restored), production(restored)],
  ['names more', production(), production({ ...undone, ...after('E1234567') })],
  ['says otherwise how it goes', production(), production({ deploy: { within: '2h' }, groups: [['api']] })],
  [
    'has another strategy and another name for the stage',
    production(),
    [stage('live', { cluster: 'shop-production', services: [service('api', { strategy: 'rolling' })] })],
  ],
  ['writes a name otherwise', production(instance), production({ backup: { kind: 'rds-instance', id: 'sHOP' } })],
  ['keeps what it only looked at', production({ watch: { for: '5m', alarms: ['errors'] } }), production()],
])('a release under way lacks nothing where the new file %s', (_, plan, file) => {
  expect(missing(fileOf(plan), fileOf(file))).toEqual([])
})

test.each<[what: string, plan: object[], file: object[], things: string[]]>([
  [
    'a service',
    production({ services: [service('api'), service('web')] }),
    production(),
    ['service web of cluster shop-production'],
  ],
  ['a cluster', production(), production({ cluster: 'shop-new' }), [PRODUCTION]],
  ['a database', production(instance), production(), ['DB instance shop']],
  [
    'a database that is a cluster now',
    production(instance),
    production({ backup: { kind: 'rds-cluster', id: 'shop' } }),
    ['DB instance shop'],
  ],
  [
    'the right to restore it',
    production(restored),
    production({ ...instance, migrate }),
    ['the restore of DB instance shop'],
  ],
  ['a migration', production({ migrate }), production(), ['migration migrations in cluster shop-production']],
  [
    'the command that undoes it',
    production(undone),
    production({ migrate }),
    ['the way back of migration migrations in cluster shop-production'],
  ],
  ['a bucket', production(bucket('dumps-a')), production(bucket('dumps-b')), ['bucket dumps-a']],
  [
    'a parameter',
    production({ services: [service('api', { imageParameter: '/shop/image' })] }),
    production({ services: [service('api', { imageParameter: 'other' })] }),
    ['parameter shop/image'],
  ],
  ['a distribution', production(after('E1234567')), production(after('E7654321')), ['distribution E1234567']],
])('a release under way lacks %s that the new file names no more', (_, plan, file, things) => {
  expect(missing(fileOf(plan), fileOf(file))).toEqual([{ stage: 'production', things }])
})

test('a stage that is taken out is told with all that only it has', () => {
  const both = fileOf([stage('staging', instance), ...production(instance)])
  expect(missing(both, fileOf(production(instance)))).toEqual([{ stage: 'staging', things: [STAGING] }])
})

test('a repository that is no longer released from is told of the application', () => {
  const [old, renamed] = ['shop/api', 'shop/api-2'].map(api => fileOf(production(), { api }))
  expect(missing(old as never, renamed as never)).toEqual([{ things: ['repository shop/api'] }])
})
