import * as z from 'zod'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { roundOf } from '../domain/lock.ts'
import type { ServedBy } from '../domain/stage-history.ts'
import { type BeforeEntry, readBefore, recordBefore } from './aws/ledger.ts'
import { assertLease, readLock } from './aws/lock.ts'
import { overridesOf } from './aws/overrides.ts'
import { countsSnapshots } from './backup/permissions.ts'
import { type Failed, failed } from './failure.ts'
import {
  announces,
  INSTALLED,
  listsTaskDefinitions,
  type Needs,
  readsDeployments,
  readsImages,
  readsRules,
  readsTargetHealth,
  readsTaskDefinitions,
  TELLING,
  tells,
  usesTable,
} from './permissions.ts'
import { giveUp, isStillApproved, sayVoid } from './preconditions/approved.ts'
import { whyFrozen } from './preconditions/freeze.ts'
import { whyNotPullable } from './preconditions/images.ts'
import { checkMigration } from './preconditions/migration.ts'
import { whyQuarantined } from './preconditions/quarantine.ts'
import { checkService } from './preconditions/service.ts'
import { whyNotBackedUp } from './preconditions/snapshots.ts'
import { checkAlarms, whyUncounted } from './preconditions/watch.ts'
import { called, imageOf, readStagePlan } from './stage-plan.ts'
import { done, step } from './step.ts'
import { tellUntilSent } from './tell.ts'
import { readsAlarms, readsTargetGroups } from './watching/permissions.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem'),
    ...readsDeployments(site),
    readsTaskDefinitions,
    listsTaskDefinitions,
    readsImages(site, ['ecr:BatchGetImage', 'ecr:DescribeImages']),
    readsRules,
    readsTargetHealth,
    readsTargetGroups,
    readsAlarms,
    ...countsSnapshots(site),
    announces(site),
    tells(site),
  ],
  environment: site => ({ ...TELLING(site), ...INSTALLED(site) }),
}

/** `round`: in which the stage was approved; 0 where nobody is asked. */
const input = heldStage.extend({ round: z.int().min(0) })

/**
 * After it, under the lock: every service can take the release, and the ledger holds what each served before it (revision,
 * digests) and which task definition the new one is copied from. A repetition finds that record and changes nothing. Where
 * the stage is no longer what was approved, it is `void`: the lease is given up, and people are asked again.
 */
export const handler = step({
  name: 'CheckPreconditions',
  input,
  run: async ({ round, ...held }) => {
    const lock = await readLock(held.app, held.stage)
    if (round > 0 && roundOf(lock, held.lease.holder) > round) return sayVoid({ ...held, round })
    await assertLease(held)
    const recorded = await readBefore(held)
    if (recorded) return ready(held, recorded)
    if (round > 0 && !(await isStillApproved({ ...held, round }))) return giveUp({ ...held, round })
    const looked = await lookAtAll(held, Date.now())
    return looked.kind === 'failed' ? looked : ready(held, await recordBefore(held, looked.before))
  },
})

/** Asks every question about the stage before anything of it changes; the first that is answered with no is the reason. */
async function lookAtAll(held: HeldStage, at: number): Promise<Failed | { kind: 'looked'; before: BeforeEntry }> {
  const { plan, stage } = await readStagePlan(held)
  const overrides = await overridesOf(held, at)
  const barred = whyFrozen(held, stage, overrides, at) ?? (await whyQuarantined(held, plan))
  if (barred) return unmet(barred)

  const services: ServedBy = {}
  const targetGroups: string[] = []
  const inEcs: string[] = []
  for (const service of stage.services) {
    const unfit = await whyNotPullable(held, imageOf(plan, service))
    if (unfit) return unmet(unfit)
    const checked = await checkService(held, plan, stage, service, overrides)
    if (checked.kind === 'refused') return unmet(`${called(stage, service)}: ${checked.because}`)
    services[service.service] = checked.before
    targetGroups.push(...checked.targetGroups)
    inEcs.push(...checked.alarms)
  }
  const migration = stage.migrate && (await checkMigration(held, plan, stage.migrate))
  if (migration?.kind === 'refused') return unmet(`${stage.name} migration: ${migration.because}`)
  const alarms = await checkAlarms(held, stage, inEcs, overrides)
  if (alarms.kind === 'refused') return unmet(alarms.because)
  const lacking = (await whyUncounted(stage, targetGroups)) ?? (await whyNotBackedUp(held, stage))
  if (lacking) return unmet(lacking)
  const { ringing } = alarms
  const before = { at, services, ...(migration && { migration: migration.base }), ...(ringing && { ringing }) }
  return { kind: 'looked', before }
}

const unmet = (because: string) => failed('PreconditionFailed', because)

/** From here on the stage is being changed, which people are told. */
async function ready({ app, release, attempt, stage }: HeldStage, { services }: BeforeEntry) {
  const { plan } = await readStagePlan({ app, release, attempt, stage })
  await tellUntilSent({ app, release, attempt, tag: plan.tag }, { kind: 'stage-started', stage })
  return done({ kind: 'ready', services: Object.keys(services).length })
}
