import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { mistakes, sentence } from '../../domain/invalid.ts'

type Fields = Record<string, unknown>

/** An application file with every field, so that each can be spoiled. */
const valid = (): Fields => ({
  app: 'demo',
  images: { api: 'demo-api' },
  trigger: { tags: '^v' },
  stages: [
    {
      name: 'production',
      cluster: 'demo',
      services: [
        { service: 'demo-api', container: 'api', image: 'api', strategy: 'rolling', taskDefinition: 'running' },
      ],
      smoke: [{ service: 'demo-api', url: 'http://demo.example/health', status: 204, within: '3s' }],
      deploy: { within: '20m' },
    },
  ],
})

/** The file with another value at the path; undefined takes the field away. */
function changed(path: string, value: unknown, file = valid()): Fields {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce<Fields>((part, key) => part[key] as Fields, file)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return file
}

function linesOf(file: unknown): string[] {
  const parsed = applicationSchema.safeParse(file, { reportInput: true })
  return parsed.success ? [] : mistakes(parsed.error, file).map(sentence)
}

const SERVICE = 'stages.0.services.0'
const SMOKE = 'stages.0.smoke.0'

test('a file with every field is an application, its lengths of time in milliseconds', () => {
  const application = applicationSchema.parse(valid())
  expect(application.stages[0]).toMatchObject({
    deploy: { within: 1_200_000 },
    smoke: [{ within: 3_000, status: 204 }],
  })
})

test('what may be left out has a default', () => {
  let file = valid()
  for (const path of [
    'stages.0.smoke.0.status',
    'stages.0.smoke.0.within',
    'stages.0.deploy',
    `${SERVICE}.taskDefinition`,
  ])
    file = changed(path, undefined, file)
  expect(applicationSchema.parse(file).stages[0]).toMatchObject({
    smoke: [{ status: 200, within: 2_000 }],
    deploy: { within: 900_000 },
    services: [{ taskDefinition: 'latest' }],
  })
  expect(applicationSchema.parse(changed('stages.0.smoke', undefined)).stages[0]?.smoke).toEqual([])
})

describe('a mistake is one line that names the field, what stands there and the remedy', () => {
  const text = 'nothing: is missing; write a text'
  test.each([
    ['app', text],
    ['images', 'nothing: is missing; write a mapping of names to values'],
    ['trigger', 'nothing: is missing; write a mapping of fields'],
    ['trigger.tags', text],
    ['stages', 'nothing: is missing; write a list'],
    ['stages.0.name', text],
    ['stages.0.cluster', text],
    ['stages.0.services', 'nothing: is missing; write a list'],
    [`${SERVICE}.service`, text],
    [`${SERVICE}.container`, text],
    [`${SERVICE}.image`, text],
    [`${SERVICE}.strategy`, 'nothing: is missing; write "rolling" or "blue-green"'],
    [`${SMOKE}.service`, text],
    [`${SMOKE}.url`, text],
  ])('%s missing', (path, line) => {
    expect(linesOf(changed(path, undefined))).toEqual([`${path}: ${line}`])
  })

  const time = 'is not a length of time; write it like 90s, 15m or 24h'
  test.each<[string, unknown, string]>([
    ['app', 7, 'must be a text'],
    ['images', 7, 'must be a mapping of names to values'],
    ['images', ['demo-api'], 'must be a mapping of names to values'],
    ['images.api', 7, 'must be a text'],
    ['trigger', '^v', 'must be a mapping of fields'],
    ['trigger.tags', 7, 'must be a text'],
    ['stages', '', 'must be a list'],
    ['stages.0', 'production', 'must be a mapping of fields'],
    ['stages.0.name', true, 'must be a text'],
    ['stages.0.cluster', 7, 'must be a text'],
    ['stages.0.services', {}, 'must be a list'],
    [SERVICE, 'demo-api', 'must be a mapping of fields'],
    [`${SERVICE}.service`, 7, 'must be a text'],
    [`${SERVICE}.container`, null, 'must be a text'],
    [`${SERVICE}.image`, [], 'must be a text'],
    [`${SERVICE}.strategy`, 7, 'must be "rolling" or "blue-green"'],
    [`${SERVICE}.taskDefinition`, 7, 'must be one of "latest", "running"'],
    ['stages.0.smoke', {}, 'must be a list'],
    [SMOKE, 'http://demo.example', 'must be a mapping of fields'],
    [`${SMOKE}.service`, 7, 'must be a text'],
    [`${SMOKE}.url`, 7, 'must be a text'],
    [`${SMOKE}.status`, '200', 'must be a number'],
    [`${SMOKE}.status`, 200.5, 'must be a whole number'],
    [`${SMOKE}.within`, 2, time],
    ['stages.0.deploy', '15m', 'must be a mapping of fields'],
    ['stages.0.deploy.within', 15, time],
  ])('%s ill-typed: %j', (path, value, remedy) => {
    expect(linesOf(changed(path, value))).toEqual([`${path}: ${JSON.stringify(value)}: ${remedy}`])
  })

  const name = 'must be 1 to 24 of a-z, 0-9 and "-", and begin with a letter'
  const ecsName = 'must be 1 to 255 letters, digits, "-" and "_", as ECS has it'
  test.each<[string, unknown, string]>([
    ['app', 'Demo', name],
    ['app', 'a'.repeat(25), name],
    ['images', {}, 'names no image; name at least one'],
    ['images.api', 'registry/Demo:v1', 'must be the name of an ECR repository: lower case, without registry and tag'],
    ['trigger.tags', '^(', 'is not a regular expression; correct it'],
    ['stages', [], 'must have at least 1 entry'],
    ['stages.0.name', '1st', name],
    ['stages.0.cluster', 'my cluster', ecsName],
    ['stages.0.services', [], 'must have at least 1 entry'],
    [`${SERVICE}.container`, '', ecsName],
    [`${SERVICE}.taskDefinition`, 'newest', 'must be one of "latest", "running"'],
    [`${SMOKE}.url`, 'demo.example/health', 'must be a whole http or https address'],
    [`${SMOKE}.url`, 'ftp://demo.example', 'must be a whole http or https address'],
    [`${SMOKE}.status`, 99, 'must be at least 100'],
    [`${SMOKE}.status`, 600, 'must be at most 599'],
    [`${SMOKE}.within`, '31s', 'must be from 1s to 30s'],
    ['stages.0.deploy.within', '30s', 'must be from 1m to 12h'],
    ['stages.0.deploy.within', '13h', 'must be from 1m to 12h'],
    ['stages.0.deploy.within', '15 minutes', time],
    [`${SERVICE}.image`, 'web', 'is not under images; write one of api'],
    [`${SMOKE}.service`, 'demo-web', 'is not a service of this stage; write one of demo-api'],
  ])('%s out of range: %j [P5.4a]', (path, value, remedy) => {
    expect(linesOf(changed(path, value))[0]).toBe(`${path}: ${JSON.stringify(value)}: ${remedy}`)
  })

  test.each(['', 'trigger.', 'stages.0.', `${SERVICE}.`, `${SMOKE}.`, 'stages.0.deploy.'])(
    'an unknown field in "%s"',
    parent => {
      expect(linesOf(changed(`${parent}colour`, 'red'))).toEqual([
        `${parent}colour: "red": is not a field here; correct its name or take it out`,
      ])
    },
  )

  test.each(['stages.0.environment', `${SERVICE}.canary`, `${SERVICE}.linear`])(
    '%s, which a later version knows [P2.3b]',
    path => {
      const field = path.split('.').at(-1)
      expect(linesOf(changed(path, {}))).toEqual([`${path}: {}: ${field}: not supported yet; take it out`])
    },
  )

  test.each(['linear', 'canary'])('strategy %s, which a later version knows', strategy => {
    expect(linesOf(changed(`${SERVICE}.strategy`, strategy))).toEqual([
      `${SERVICE}.strategy: "${strategy}": strategy ${strategy}: not supported yet; write "blue-green" or "rolling"`,
    ])
  })

  test('a stage named twice', () => {
    const file = valid()
    const stages = file.stages as unknown[]
    stages.push(structuredClone(stages[0]))
    expect(linesOf(file)).toEqual(['stages.1.name: "production": names a stage twice; give each its own name'])
  })

  test('a service listed twice in a stage', () => {
    const file = valid()
    const [stage] = file.stages as { services: unknown[] }[]
    stage?.services.push(structuredClone(stage.services[0]))
    expect(linesOf(file)).toEqual([
      'stages.0.services.1.service: "demo-api": is listed twice in this stage; list it once',
    ])
  })

  test('a service that two stages would change, each under a lock of its own [P2.3b]', () => {
    const file = valid()
    const stages = file.stages as Fields[]
    stages.push({ ...structuredClone(stages[0]), name: 'later' })
    expect(linesOf(file)).toEqual([
      'stages.1.services.0.service: "demo-api": is a service of stage production already; a service has one stage',
    ])
  })

  test('two images of one repository', () => {
    const file = changed('images.web', 'demo-api')
    const [stage] = file.stages as { services: object[] }[]
    stage?.services.push({ service: 'demo-web', container: 'web', image: 'web', strategy: 'rolling' })
    expect(linesOf(file)).toEqual([
      'images.web: "demo-api": is the repository of image api already; use that image for both',
    ])
  })

  test('an image that no service runs', () => {
    expect(linesOf(changed('images.web', 'demo-web'))).toEqual([
      'images.web: "demo-web": is run by no service; name it in a service or take it out',
    ])
  })

  test('a name that cannot be an image name', () => {
    expect(linesOf(changed('images.Web App', 'demo-web'))[0]).toBe(
      `images.Web App: "demo-web": is no name for an entry: it ${name}`,
    )
  })

  test.each([[null], [[]], ['demo']])('a document that is no mapping: %j', document => {
    expect(linesOf(document)).toEqual([`the document: ${JSON.stringify(document)}: must be a mapping of fields`])
  })
})

test('every mistake is told, each place once, and a long value is shortened', () => {
  const file = changed('stages.0.services', 'x'.repeat(100), changed('app', 7))
  expect(linesOf(file)).toEqual(['app: 7: must be a text', `stages.0.services: "${'x'.repeat(76)}…: must be a list`])
})
