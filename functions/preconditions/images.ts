import type { AttemptOf } from '../../domain/identity.ts'
import type { PlannedImage } from '../../domain/image.ts'
import { retryCommand } from '../../domain/retry.ts'
import { imageStatus } from '../aws/ecr.ts'

/** Why tasks could not pull the image; undefined where they can. */
export async function whyNotPullable(of: AttemptOf, { repository, digest }: PlannedImage): Promise<string | undefined> {
  const status = await imageStatus(repository, digest)
  if (status === 'ACTIVE') return undefined
  return `image ${repository}@${digest} is ${status ?? 'gone'} in ECR and cannot be pulled; ${status ? 'restore it' : 'push it again'}, then: ${retryCommand(of)}`
}
