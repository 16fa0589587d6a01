import { withImages } from '../../domain/task-definition.ts'
import { readTaskDefinition } from '../aws/task-definitions.ts'

/** Why no revision with these images (container → image) can be made of this task definition; undefined where one can. */
export async function whyNotCopyable(base: string, images: Record<string, string>): Promise<string | undefined> {
  const revision = withImages((await readTaskDefinition(base)).definition, images)
  if (revision.kind === 'revision') return undefined
  return `task definition ${base} has no container ${revision.container}; correct the application file or the definition`
}
