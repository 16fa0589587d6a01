import type { Service, Stage } from '../../domain/application.ts'
import { idIn } from '../../domain/arn.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { pinnedTo } from '../../domain/task-definition.ts'
import { COPY_TAG } from '../aws/base-definition.ts'
import { readService } from '../aws/ecs.ts'
import { readCopy, readRestored, recordCopy, recordRestored, recordSentBack } from '../aws/stage-ledger.ts'
import { readTaskDefinition } from '../aws/task-definitions.ts'
import { deployBack } from '../blue-green/configuration.ts'
import { registerRevision, retire } from '../revision.ts'
import { tellRollingBack } from './telling.ts'
import { deploymentsOn, type Target, type WayBackOf, type Whose, whoseIs } from './way-back.ts'

/**
 * After it: a service that had what is taken back is being deployed back to its target, once however often this is repeated.
 * One that has its target, since ECS took it back by itself, is left; so is one that somebody else gave something to. Says
 * what the service had.
 */
export async function sendBack(
  of: HeldStage,
  stage: Stage,
  { service, container }: Service,
  back: WayBackOf,
  target: Target,
): Promise<Whose & { has: string }> {
  const { taskDefinition: has = '' } = await readService(stage.cluster, service)
  const whose = await whoseIs(of, service, target, has)
  if (whose.kind !== 'ours') return { ...whose, has }
  const definition =
    (await readRestored(of, service)) ??
    (await recordRestored(of, service, await restorable(of, { service, container }, target)))
  const [latest] = (await deploymentsOn(back, stage.cluster, service)).filter(
    deployment => deployment.taskDefinition === definition || deployment.taskDefinition === whose.revision,
  )
  // What ECS has just taken back is not deployed again; only a revision that came after it is.
  if (latest?.taskDefinition !== definition) {
    await recordSentBack(of, service, Date.now())
    await deployBack(of, stage.cluster, service, definition)
  }
  await tellRollingBack(of)
  return { ...whose, has }
}

/**
 * The target's task definition; or a copy of it where somebody has deregistered it since, or where it names the image by a
 * tag, which may stand for another digest by now.
 */
async function restorable(
  of: HeldStage,
  { service, container }: Pick<Service, 'service' | 'container'>,
  { served }: Target,
): Promise<string> {
  const copied = await readCopy(of, service, served.taskDefinition)
  if (copied && (await readTaskDefinition(copied)).status === 'ACTIVE') return copied
  const original = await readTaskDefinition(served.taskDefinition)
  const image = original.definition.containerDefinitions?.find(({ name }) => name === container)?.image ?? ''
  const digest = served.digests[container]
  const exact = digest === undefined ? image : pinnedTo(image, digest)
  if (original.status === 'ACTIVE' && exact === image) return served.taskDefinition
  const copy = await registerRevision(of, original, { [container]: exact }, service, [
    { key: COPY_TAG, value: idIn(served.taskDefinition) },
  ])
  const standing = await recordCopy(of, service, served.taskDefinition, { copy, gone: copied })
  if (standing !== copy) await retire(copy)
  return standing
}
