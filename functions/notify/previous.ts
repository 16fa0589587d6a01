import type { StageOf } from '../../domain/identity.ts'
import type { About } from '../../events/notification.ts'
import { readBefore, readPlanIfAny, releasesOf } from '../aws/ledger.ts'
import { readRollback } from '../aws/stage-ledger.ts'

/** What the stage goes back to, by its tag: what a person chose, or what it served before the release. Undefined: not known. */
export async function goesBackTo(about: About, stage: string): Promise<string | undefined> {
  const { app, rollback } = about
  const asked = rollback === undefined ? undefined : await readRollback(app, stage, rollback)
  return asked?.chosen?.to ?? previousTag({ ...about, stage })
}

/** The tag of what the stage served before this release. Undefined: it was no release of ours, or that is not known yet. */
async function previousTag(of: StageOf): Promise<string | undefined> {
  const [before, plan] = [await readBefore(of), await readPlanIfAny(of)]
  const stage = plan?.stages.find(({ name }) => name === of.stage)
  if (!before || !stage) return undefined
  const isServed = (digests: Record<string, string>) =>
    stage.services.every(({ service, container, image }) => {
      const { proof, digests: seen } = before.services[service] ?? {}
      const proven = [...(proof?.[container] ?? []), seen?.[container]]
      return digests[image] !== undefined && proven.includes(digests[image])
    })
  const releases = (await releasesOf(of.app)).filter(({ digests }) => isServed(digests))
  return releases.toSorted((a, b) => b.order - a.order)[0]?.tag
}
