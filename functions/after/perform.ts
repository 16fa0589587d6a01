import type { Stage } from '../../domain/application.ts'
import { executionName, type StageOf } from '../../domain/identity.ts'
import { invalidate } from '../aws/cloudfront.ts'
import { type Site, type Statement, stagesOf } from '../permissions.ts'

type Action = Stage['after'][number]

export const invalidatesCaches = (site: Site): Statement[] => {
  const distributions = stagesOf(site).flatMap(({ after }) => after.map(({ distribution }) => distribution))
  const resources = [...new Set(distributions)].map(id => site.globalArn('cloudfront', `distribution/${id}`))
  return resources.length > 0 ? [{ actions: ['cloudfront:CreateInvalidation'], resources }] : []
}

/**
 * After it: what the application file asks for after a release has been begun, once however often this is repeated; that it
 * ends is not waited for. Returns what could not be done, in sentences that say what to type: it takes nothing back.
 */
export async function performAfter(of: StageOf, { after }: Pick<Stage, 'after'>): Promise<string[]> {
  const undone = await Promise.all(
    after.map((action, n) => tried(action, `${executionName(of)}-${of.stage}-after-${n + 1}`)),
  )
  return undone.flat()
}

async function tried(action: Action, reference: string): Promise<string[]> {
  try {
    await perform(action, reference)
    return []
  } catch (error) {
    const { name, message } = error as Error
    return [`${asked(action)} was not taken (${name}: ${message.replace(/\.$/, '')}); type ${byHand(action)}`]
  }
}

function perform({ kind, distribution, paths }: Action, reference: string): Promise<void> {
  switch (kind) {
    case 'cloudfront-invalidation':
      return invalidate(distribution, paths, reference)
  }
}

const asked = ({ distribution }: Action) => `the invalidation of CloudFront distribution ${distribution}`

const byHand = ({ distribution, paths }: Action) =>
  `aws cloudfront create-invalidation --distribution-id ${distribution} --paths ${paths.map(quoted).join(' ')}`

const quoted = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`
