import type { Stage } from '../../domain/application.ts'
import { at } from '../../domain/field.ts'
import { quoted } from '../../domain/shell.ts'
import { findDistribution } from '../../functions/aws/cloudfront.ts'
import { clusterStatus } from '../../functions/aws/clusters.ts'
import { alarmsOf } from '../../functions/aws/deployments.ts'
import { readLock } from '../../functions/aws/lock.ts'
import { subscriptionsOf } from '../../functions/aws/subscriptions.ts'
import { askAlarms } from './alarms.ts'
import { askDatabase } from './database.ts'
import { type Answer, type Examination, judged, lacking, sound } from './examination.ts'
import type { Installed } from './ground.ts'
import { askService, type Seen } from './service.ts'

/** Whether a release could go through the stage. `installed`: the stack; undefined: there is none yet. */
export async function askStage(
  examination: Examination,
  stage: Stage,
  installed: Installed | undefined,
): Promise<void> {
  const where = { stage: stage.name }
  const isChanging = installed
    ? ((await examination.ask('lock', where, () => whetherFree(examination, stage))) ?? false)
    : false
  if (installed?.links && installed.applications.includes(examination.app))
    await askPeople(examination, stage, installed.links)
  if (!(await examination.ask('cluster', where, () => whetherActive(stage.cluster)))) return
  const seen = new Map<string, Seen>()
  for (const service of stage.services) {
    const found = await askService(examination, { stage, installed, isChanging }, service)
    if (found) seen.set(service.service, found)
  }
  await askDatabase(examination, stage, seen.get(stage.services[0]?.service ?? '')?.found)
  if (!isChanging)
    await askAlarms(examination, {
      stage,
      inEcs: [...seen.values()].flatMap(({ found }) => alarmsOf(found)),
      targetGroups: stage.services.map(({ service }) => seen.get(service)?.targetGroups),
    })
  for (const { distribution } of stage.after)
    await examination.askOnce(distribution, 'distribution', where, () => whetherDelivering(distribution))
}

async function whetherActive(cluster: string): Promise<Answer<true>> {
  const status = await clusterStatus(cluster)
  if (status === 'ACTIVE') return sound(true)
  return lacking({
    found:
      status === undefined
        ? `ECS has no cluster ${cluster} in this account and region`
        : `cluster ${cluster} is ${status}`,
    remedy: 'create it, or correct the application file',
    command: `aws ecs create-cluster --cluster-name ${quoted(cluster)}`,
  })
}

/** Whether a release has the stage now, which is no defect; one that a rollback has left blocked is. */
async function whetherFree(examination: Examination, { name }: Stage): Promise<Answer<boolean>> {
  const { app } = examination
  const { blocked, held } = await readLock(app, name)
  if (blocked)
    return lacking({
      found: `it is blocked since ${at(blocked.at)}, by release ${blocked.release}-${blocked.attempt}: ${blocked.reason}`,
      remedy: 'look what it serves, then',
      command: `npm run -s sluice -- unlock ${app} ${name}`,
    })
  if (held)
    examination.note(
      { stage: name },
      `release ${held.release}-${held.attempt} is changing it: where its users are, and its alarms, are not asked for`,
    )
  return sound(held !== undefined)
}

/** Nobody who has not agreed to it gets a link by e-mail. */
async function askPeople(examination: Examination, { name, approval }: Stage, topic: string): Promise<void> {
  const addresses = (approval?.approvers ?? []).flatMap(({ email }) => email?.toLowerCase() ?? [])
  for (const address of new Set(addresses))
    await examination.ask('e-mail', { stage: name }, async () => {
      const found = (await subscriptionsOf(topic)).find(({ endpoint }) => endpoint.toLowerCase() === address)
      if (found?.isConfirmed) return sound(true)
      const again = `aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint ${quoted(address)}`
      return lacking({
        found: found
          ? `${address} has not confirmed the subscription, and would get no link`
          : `${address} has no subscription, and would get no link`,
        remedy: found
          ? 'have the link in the e-mail clicked that SNS sent; to have it sent again'
          : 'deploy the stack again',
        command: found ? again : 'npm run deploy',
      })
    })
}

async function whetherDelivering(id: string): Promise<Answer<true>> {
  const found = await findDistribution(id)
  const remedy = 'correct after[].distribution in the application file'
  if (!found) return lacking({ found: `CloudFront has no distribution ${id} in this account`, remedy })
  return judged(
    found.isEnabled ? undefined : { found: `distribution ${id} is disabled`, remedy: `enable it, or ${remedy}` },
  )
}
