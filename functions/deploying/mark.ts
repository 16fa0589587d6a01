import type { Stage } from '../../domain/application.ts'
import { INSTALLATION_TAG, installationOf, whyAnothers } from '../../domain/installation.ts'
import { lackTold } from '../../domain/lack.ts'
import { readService, tagService } from '../aws/ecs.ts'
import { environment } from '../environment.ts'
import { type Failed, failed } from '../failure.ts'

/** After it the service says which installation releases it; failed: it says another. A tag that is there is left as it is. */
export async function markService({ cluster, name }: Stage, service: string): Promise<{ kind: 'marked' } | Failed> {
  const installation = environment('INSTALLATION')
  const found = await readService(cluster, service)
  const anothers = whyAnothers(found, installation)
  if (anothers) return failed('PreconditionFailed', `${name} ${service}: ${lackTold(anothers)}`)
  if (installationOf(found) === undefined) await tagService(found, { key: INSTALLATION_TAG, value: installation })
  return { kind: 'marked' }
}
