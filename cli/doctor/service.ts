import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service, Stage } from '../../domain/application.ts'
import { whyAnothers } from '../../domain/installation.ts'
import { whyPaused } from '../../domain/owners-pauses.ts'
import { quoted } from '../../domain/shell.ts'
import { whyOtherStrategy } from '../../domain/strategy-fit.ts'
import { baseOf } from '../../functions/aws/base-definition.ts'
import { openDeployments } from '../../functions/aws/deployments.ts'
import { readDriven } from '../../functions/aws/driven.ts'
import { describeService, type Revision, servingRevision } from '../../functions/aws/ecs.ts'
import type { TargetGroup } from '../../functions/aws/target-groups.ts'
import { type Answer, type Examination, judged, lacking, sound, type Where } from './examination.ts'
import type { Installed } from './ground.ts'
import { askLoadBalancing } from './load-balancing.ts'
import { askRole } from './roles.ts'
import { askDefinition } from './task-definition.ts'

export interface Asked {
  stage: Stage
  installed: Installed | undefined
  /** A release has the stage, and is changing it. */
  isChanging: boolean
}

export interface Seen {
  found: EcsService
  /** Undefined: nobody could see them all. */
  targetGroups: TargetGroup[] | undefined
}

/** Whether a release could change the service. Returns what ECS says of it, where it is there. */
export async function askService(
  examination: Examination,
  { stage, installed, isChanging }: Asked,
  service: Service,
): Promise<Seen | undefined> {
  const { app } = examination
  const where = { stage: stage.name, service: service.service }
  const found = await examination.ask('service', where, () => whetherActive(stage, service))
  if (!found) return undefined
  if (installed) await examination.ask('tag', where, () => judged(whyAnothers(found, installed.stack)))
  const fits = await examination.ask('strategy', where, () => judged(whyOtherStrategy(service, found)))
  if (!isChanging) await examination.ask('deployments', where, () => whetherQuiet(stage, service))
  if (service.strategy === 'blue-green')
    await examination.ask('pauses', where, async () => {
      const ours = installed ? ((await readDriven({ app, stage: stage.name }, service.service))?.hooks ?? []) : []
      return judged(whyPaused(found.deploymentConfiguration?.lifecycleHooks ?? [], ours))
    })
  await askHooks(examination, where, found)
  const serving = await examination.ask('revision', where, () => whetherServing(stage, found))
  const base = await examination.ask('base', where, async () =>
    sound(await baseOf({ app, stage: stage.name }, service, found)),
  )
  const field = `services[].container of stage ${stage.name}`
  if (base) await askDefinition(examination, where, { base, container: service.container, field })
  const standing = { stage, service, found, serving, isChanging }
  return { found, targetGroups: fits ? await askLoadBalancing(examination, where, standing) : undefined }
}

async function whetherActive({ cluster }: Stage, { service }: Service): Promise<Answer<EcsService>> {
  const found = await describeService(cluster, service)
  if (found?.status === 'ACTIVE') return sound(found)
  return lacking({
    found: found
      ? `service ${service} of cluster ${cluster} is ${found.status}`
      : `cluster ${cluster} has no service ${service}`,
    remedy: 'create it, or correct the application file: Sluice never creates services',
  })
}

async function whetherQuiet({ cluster }: Stage, { service }: Service): Promise<Answer<true>> {
  const [running] = await openDeployments(cluster, service)
  return judged(
    running && {
      found: `deployment ${running.arn} is ${running.status}, and is no release's`,
      remedy: 'let it end, or have ECS take it back',
      command: `aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn ${running.arn}`,
    },
  )
}

async function whetherServing({ cluster }: Stage, found: EcsService): Promise<Answer<Revision>> {
  const serving = await servingRevision(found)
  if (serving) return sound(serving)
  const at = `--cluster ${quoted(cluster)} --service ${quoted(found.serviceName ?? '')}`
  return lacking({
    found: 'ECS records no revision that serves',
    remedy: 'deploy the service once',
    command: `aws ecs update-service ${at} --force-new-deployment`,
  })
}

/** The owners' own hooks are called by ECS with their roles, which every deployment of ours hands over again. */
async function askHooks(
  examination: Examination,
  where: Where,
  { deploymentConfiguration }: EcsService,
): Promise<void> {
  for (const { roleArn: arn, lifecycleStages = [] } of deploymentConfiguration?.lifecycleHooks ?? []) {
    const used = `roleArn of its hook at ${lifecycleStages.join(' and ')}`
    if (arn) await askRole(examination, where, { arn, actor: 'ecs.amazonaws.com', used })
  }
}
