import { executionName } from '../../domain/identity.ts'
import { type ReleaseEntry, releasesOf } from '../../functions/aws/ledger.ts'
import { UsageError } from '../arguments.ts'

/** When an attempt began, as far as is known. */
export const beganAt = ({ started, order }: ReleaseEntry): number => started?.at ?? order

/** Every attempt of the application, the newest first. */
export async function newestFirst(app: string): Promise<ReleaseEntry[]> {
  return (await releasesOf(app)).sort((a, b) => beganAt(b) - beganAt(a) || b.attempt - a.attempt)
}

/** The newest attempt of that id (or its beginning), id and attempt, or tag; without `which`, the newest of all. */
export async function findRelease(app: string, which: string | undefined): Promise<ReleaseEntry> {
  const entries = await newestFirst(app)
  const found = entries.find(entry => which === undefined || isMeant(entry, which))
  if (found) return found
  const known = entries.slice(0, 5).map(({ release, tag }) => `${release} (${tag})`)
  throw new UsageError(
    which === undefined || known.length === 0
      ? `${app} has no release yet; push an image, or: sluice push ${app} <tag>`
      : `${which}: is no release and no released tag of ${app}; the latest are ${known.join(', ')}`,
  )
}

function isMeant(entry: ReleaseEntry, which: string): boolean {
  const { app, release, attempt, tag } = entry
  const names = [tag, `${release}-${attempt}`, executionName({ app, release, attempt })]
  return names.includes(which) || (which.length >= 4 && release.startsWith(which))
}
