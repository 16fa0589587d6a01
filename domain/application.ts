import * as z from 'zod'
import { afterAction } from './after.ts'
import { backup, checkDatabase, checkFamilies, migrate } from './database.ts'
import { duration, ecsName, name } from './field.ts'
import { freezes } from './freeze.ts'
import { checkGroups } from './groups.ts'
import { checkHistories } from './history-size.ts'
import { checkImageParameters, imageParameter } from './image-parameter.ts'
import { approvalRule, checkApproval, checkNotify, notify, type Refuse } from './people.ts'
import { tooLargeToPlan } from './plan-size.ts'
import { queueMode } from './queue.ts'
import { watch } from './watch.ts'

/**
 * The application file: what is released together, and through which stages. This schema is its only source: the types,
 * the permissions, the event rule, the JSON Schema for editors and every check are made from it.
 */

/** ECS's own words for how traffic moves; the ones that Sluice does not drive yet are refused by name. */
const strategy = z
  .enum(['rolling', 'blue-green'], {
    error: issue =>
      ['linear', 'canary'].includes(String(issue.input))
        ? `strategy ${issue.input}: not supported yet; write "blue-green" or "rolling"`
        : `${issue.input === undefined ? 'is missing; write' : 'must be'} "rolling" or "blue-green"`,
  })
  .describe('How the service shifts traffic.')

const service = z
  .strictObject({
    service: ecsName.describe('Name of the ECS service. Sluice never creates it.'),
    container: ecsName.describe('Container of its task definition whose image changes.'),
    image: name.describe('Name of the image under `images` that this container runs.'),
    strategy,
    taskDefinition: z
      .enum(['latest', 'running'])
      .default('latest')
      .describe(
        'What a new revision is copied from: the newest ACTIVE revision of the family that Sluice did not register itself, or the one that serves.',
      ),
    imageParameter: imageParameter.optional(),
  })
  .describe('An ECS service of this stage.')

const smokeTest = z
  .strictObject({
    service: ecsName.describe('The service that this test speaks for; one of this stage.'),
    url: z
      .url({ protocol: /^https?$/ })
      .refine(hasNoCredentials, { error: 'holds a user name or a password; take it out' })
      .describe('Asked once by GET; redirects are not followed.'),
    status: z.int().min(100).max(599).default(200).describe('The status that is expected.'),
    within: duration({ min: '1s', max: '30s' }).default(2_000).describe('Longest time to the whole answer.'),
  })
  .describe('An HTTP check against the new version.')

const stage = z
  .strictObject({
    name: name.describe('What people call this environment: staging, production, …'),
    cluster: ecsName.describe('Name of the ECS cluster.'),
    approval: approvalRule.optional(),
    backup: backup.optional(),
    migrate: migrate.optional(),
    services: z.array(service).min(1).max(10).describe('What is deployed here.'),
    groups: z
      .array(z.array(ecsName).min(1).max(10))
      .min(1)
      .max(10)
      .optional()
      .describe(
        'Which services change together, and in which order: one list after the other. Default: all at once. On the way back the order is reversed.',
      ),
    smoke: z
      .array(smokeTest)
      .max(20)
      .default([])
      .describe(
        'HTTP checks of the new version; one that fails rolls back. Of a blue-green service they are asked before users see it.',
      ),
    watch: watch.optional(),
    freeze: freezes.optional(),
    after: z
      .array(afterAction)
      .max(10)
      .default([])
      .describe('What is done once the stage is released; one that fails is told and takes nothing back.'),
    deploy: z
      .strictObject({
        within: duration({ min: '1m', max: '12h' })
          .default(15 * 60_000)
          .describe('Longest time of one deployment; then it is rolled back.'),
      })
      .prefault({}),
  })
  .describe('One environment with its services. Stages are released in the order of the file.')

export const applicationSchema = z
  .strictObject({
    app: name.describe('Name of the application.'),
    images: z
      .record(
        name,
        z
          .string()
          .regex(/^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/, {
            error: 'must be the name of an ECR repository: lower case, without registry and tag',
          })
          .max(256),
      )
      .refine(images => Object.keys(images).length > 0, { error: 'names no image; name at least one' })
      .describe('Image name → ECR repository. A release is one digest of each.'),
    trigger: z
      .strictObject({
        tags: z
          .string()
          .refine(compiles, { error: 'is not a regular expression; correct it' })
          .describe(
            'A push starts a release when its tag matches this regular expression and every image carries the tag.',
          ),
        queue: queueMode
          .default('supersede')
          .describe(
            'What a newer release does to those under way: `supersede` ends the older ones that wait at the same stage, `queue` waits at each stage until the older ones have left it, `reject` is not started.',
          ),
        settle: duration({ min: '0s', max: '15m' })
          .default(2 * 60_000)
          .describe(
            'A tag that is pushed again, while every image carries it, starts its release when nothing more was pushed of it for so long. Tags that are never moved wait for nothing.',
          ),
      })
      .describe('Which pushes start a release.'),
    stages: z.array(stage).min(1).max(10).describe('The environments, in order.'),
    notify: notify.default({}),
  })
  .check(ctx => {
    const { images, stages, notify } = ctx.value
    const names = Object.keys(images)
    // An empty list is refused as such; what refers to it is then no further mistake.
    const isComplete = stages.length > 0 && stages.every(stage => stage.services.length > 0)
    const refuse: Refuse = (path, input, message) => ctx.issues.push({ code: 'custom', path, input, message })
    checkNotify(notify, refuse)
    const seen = new Set<string>()
    const inUse = new Map<string, string>()
    stages.forEach((stage, s) => {
      if (seen.has(stage.name)) refuse(['stages', s, 'name'], stage.name, 'names a stage twice; give each its own name')
      seen.add(stage.name)
      const services = new Set<string>()
      stage.services.forEach((service, n) => {
        const at = ['stages', s, 'services', n]
        if (names.length > 0 && !names.includes(service.image))
          refuse([...at, 'image'], service.image, `is not under images; write one of ${names.join(', ')}`)
        if (services.has(service.service))
          refuse([...at, 'service'], service.service, 'is listed twice in this stage; list it once')
        services.add(service.service)
        // A lock is one stage's: two stages that change one service would not see each other.
        const other = inUse.get(`${stage.cluster}/${service.service}`)
        if (other !== undefined && other !== stage.name)
          refuse([...at, 'service'], service.service, `is a service of stage ${other} already; a service has one stage`)
        inUse.set(`${stage.cluster}/${service.service}`, stage.name)
      })
      checkGroups(stage, (path, ...said) => refuse(['stages', s, ...path], ...said))
      if (stage.approval)
        checkApproval(stage.approval, notify, (path, ...said) => refuse(['stages', s, 'approval', ...path], ...said))
      checkDatabase(stage, names, (path, ...said) => refuse(['stages', s, ...path], ...said))
      stage.smoke.forEach((test, n) => {
        if (services.size > 0 && !services.has(test.service))
          refuse(
            ['stages', s, 'smoke', n, 'service'],
            test.service,
            `is not a service of this stage; write one of ${[...services].join(', ')}`,
          )
      })
    })
    checkFamilies(stages, refuse)
    checkImageParameters(stages, refuse)
    const tooLarge = tooLargeToPlan(ctx.value)
    if (tooLarge) refuse(['stages'], stages, tooLarge)
    checkHistories(ctx.value, refuse)
    names.forEach((image, at) => {
      const same = names.slice(0, at).find(other => images[other] === images[image])
      if (same !== undefined)
        refuse(['images', image], images[image], `is the repository of image ${same} already; use that image for both`)
    })
    for (const image of isComplete ? names : [])
      if (!stages.some(stage => [...stage.services, stage.migrate].some(user => user?.image === image)))
        refuse(['images', image], images[image], 'is run by no service; name it in a service or take it out')
  })

export type Application = z.infer<typeof applicationSchema>
export type Stage = Application['stages'][number]
export type Service = Stage['services'][number]
export type SmokeTest = Stage['smoke'][number]

function hasNoCredentials(url: string): boolean {
  const parsed = URL.parse(url)
  return !parsed || (parsed.username === '' && parsed.password === '')
}

function compiles(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
