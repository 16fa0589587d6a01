import type { Service, Stage } from '../../domain/application.ts'
import type { HeldStage, StageOf } from '../../domain/identity.ts'
import { pinned } from '../../domain/image.ts'
import { type ImageToWrite, imagesToWrite, parameterPath } from '../../domain/image-parameter.ts'
import { leaseState } from '../../domain/lock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Plan } from '../../domain/plan.ts'
import { applications } from '../applications.ts'
import { readService, servingRevision } from '../aws/ecs.ts'
import { readLock } from '../aws/lock.ts'
import { ServiceError } from '../aws/signed.ts'
import { writeParameter } from '../aws/ssm.ts'
import { type Site, type Statement, stagesOf } from '../permissions.ts'
import { imageOf, readStagePlan } from '../stage-plan.ts'

/** Beside the right to read deployments. */
export const writesImageParameters = (site: Site): Statement[] => {
  const names = stagesOf(site).flatMap(({ services }) => services.flatMap(service => service.imageParameter ?? []))
  const resources = [...new Set(names.map(name => site.arn('ssm', `parameter/${parameterPath(name)}`)))]
  return resources.length > 0 ? [{ actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources }] : []
}

/** Where the stage serves something that was proven, and may not be what it served before. */
const CHANGED = ['released', 'rolled-back', 'aborted'] as const
type Changed = (typeof CHANGED)[number]

/**
 * After it: each parameter that a service names for its image holds the one that the stage serves, by digest; named by the
 * application file as it is installed, since the plan of an older release does not know what was named after it. Where the
 * release has changed nothing, or nothing could be proven, the parameters stay as they are. Returns what could not be written,
 * in sentences that say what to type: it takes nothing back. Whoever has lost the stage writes nothing.
 */
export async function writeImageParameters(of: HeldStage, outcome: Outcome): Promise<string[]> {
  const changed = CHANGED.find(each => each === outcome)
  if (!changed) return []
  try {
    const { plan, stage } = await readStagePlan(of)
    const named = stage.services.flatMap(service => {
      const parameter = installedParameter(of, service)
      return parameter === undefined ? [] : { service, parameter }
    })
    if (named.length === 0) return []
    if (leaseState(await readLock(of.app, of.stage), of.lease) === 'lost') return []
    return await writeAll(stage, named, plan, changed)
  } catch (error) {
    const what = `the images that ${of.stage} serves were not written to their SSM parameters (${said(error)})`
    return [`${what}; type for each ${byHand('<parameter>', BY_DIGEST)}`]
  }
}

function installedParameter({ app, stage }: StageOf, { service }: Service): string | undefined {
  const stages = applications().find(each => each.app === app)?.stages
  const services = stages?.find(({ name }) => name === stage)?.services
  return services?.find(each => each.service === service)?.imageParameter
}

interface Named {
  service: Service
  parameter: string
}

async function writeAll(stage: Stage, named: Named[], plan: Plan, changed: Changed): Promise<string[]> {
  const served: { parameter: string; image: string }[] = []
  const left: string[] = []
  for (const { service, parameter } of named) {
    const found = await servedImage(stage, service, plan, changed)
    if (found.kind === 'known') served.push({ parameter, image: found.image })
    else left.push(unwritten(parameter, found.because))
  }
  const asked = imagesToWrite(served)
  for (const one of asked)
    if (one.kind === 'torn') left.push(unwritten(one.parameter, `its services serve ${one.images.join(' and ')}`))
  return [...left, ...(await giveAll(asked.filter(one => one.kind === 'write')))]
}

type Write = Extract<ImageToWrite, { kind: 'write' }>

/** One after the other, as SSM wants it. An SSM that gives no answer is not waited for once more. */
async function giveAll(writes: Write[]): Promise<string[]> {
  const left: string[] = []
  let silent: unknown
  for (const { parameter, image } of writes) {
    try {
      if (silent !== undefined) throw silent
      await writeParameter(parameter, image)
    } catch (error) {
      if (!(error instanceof ServiceError)) silent = error
      const what = `SSM parameter ${parameter} was not given the image that serves (${said(error)})`
      left.push(`${what}; type ${byHand(parameter, image)}`)
    }
  }
  return left
}

const BY_DIGEST = '<registry>/<repository>@<digest>'

const unwritten = (parameter: string, because: string) =>
  `SSM parameter ${parameter} stays as it is: ${because}; once you know the image, type ${byHand(parameter, BY_DIGEST)}`

const byHand = (parameter: string, image: string) =>
  `aws ssm put-parameter --name ${parameter} --type String --overwrite --value ${image}`

type Found = { kind: 'known'; image: string } | { kind: 'unknown'; because: string }

/** After a release its plan was proven; else ECS's record says what serves. */
async function servedImage(stage: Stage, service: Service, plan: Plan, changed: Changed): Promise<Found> {
  if (changed === 'released') return { kind: 'known', image: pinned(imageOf(plan, service)) }
  try {
    const serving = await servingRevision(await readService(stage.cluster, service.service))
    const image = serving?.images[service.container]
    if (image !== undefined) return { kind: 'known', image }
    return { kind: 'unknown', because: `ECS records no image by digest that ${service.service} serves` }
  } catch (error) {
    return { kind: 'unknown', because: `what ${service.service} serves could not be read (${said(error)})` }
  }
}

function said(error: unknown): string {
  const { name, message } = error as Error
  return `${name}: ${message.replace(/\.$/, '')}`
}
