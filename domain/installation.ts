import type { Lack } from './lack.ts'
import { quoted } from './shell.ts'

/** On every service that an installation releases; its value names the installation's stack. */
export const INSTALLATION_TAG = 'sluice:installation'

interface TaggedService {
  serviceArn?: string | undefined
  tags?: readonly { key?: string | undefined; value?: string | undefined }[] | undefined
}

/** The installation that releases the service, by its tag; undefined: none has yet. */
export function installationOf({ tags = [] }: TaggedService): string | undefined {
  return tags.find(({ key }) => key === INSTALLATION_TAG)?.value
}

/** Why the service is not this installation's to release: two would not see each other's locks. */
export function whyAnothers(service: TaggedService, installation: string): Lack | undefined {
  const other = installationOf(service)
  if (other === undefined || other === installation) return undefined
  return {
    found: `its tag ${INSTALLATION_TAG} says that stack ${other} releases it, and this is stack ${installation}`,
    remedy: `take it out of the application file of one of them; when ${other} is gone, or releases it no more`,
    command: `aws ecs untag-resource --resource-arn ${quoted(service.serviceArn ?? '')} --tag-keys ${INSTALLATION_TAG}`,
  }
}
