import type { Service, Stage } from '../../domain/application.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { pinned } from '../../domain/image.ts'
import { type ImageToWrite, imagesToWrite, parameterPath } from '../../domain/image-parameter.ts'
import { leaseState } from '../../domain/lock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Plan } from '../../domain/plan.ts'
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
 * After it: each parameter that a service names for its image holds the one that the stage serves, by digest. Where the release
 * has changed nothing, or nothing could be proven, the parameters stay as they are. Returns what could not be written, in
 * sentences that say what to type: it takes nothing back. Whoever has lost the stage writes nothing.
 */
export async function writeImageParameters(of: HeldStage, outcome: Outcome): Promise<string[]> {
  const changed = CHANGED.find(each => each === outcome)
  if (!changed) return []
  try {
    const { plan, stage } = await readStagePlan(of)
    const named = stage.services.filter(service => service.imageParameter !== undefined)
    if (named.length === 0) return []
    if (leaseState(await readLock(of.app, of.stage), of.lease) === 'lost') return []
    return await writeAll(stage, named, plan, changed)
  } catch (error) {
    return [`the images that ${of.stage} serves were not written to their SSM parameters (${said(error)})`]
  }
}

async function writeAll(stage: Stage, named: Service[], plan: Plan, changed: Changed): Promise<string[]> {
  const served: { parameter: string; image: string }[] = []
  const left: string[] = []
  for (const service of named) {
    const { imageParameter: parameter = '' } = service
    const found = await servedImage(stage, service, plan, changed)
    if (found.kind === 'known') served.push({ parameter, image: found.image })
    else left.push(`SSM parameter ${parameter} stays as it is: ${found.because}`)
  }
  const asked = imagesToWrite(served)
  for (const one of asked)
    if (one.kind === 'torn')
      left.push(`SSM parameter ${one.parameter} stays as it is: its services serve ${one.images.join(' and ')}`)
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
      const byHand = `aws ssm put-parameter --name ${parameter} --type String --overwrite --value ${image}`
      left.push(`SSM parameter ${parameter} was not given the image that serves (${said(error)}); type ${byHand}`)
    }
  }
  return left
}

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
