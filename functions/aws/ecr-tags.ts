import { DescribeImagesCommand, ECRClient, RepositoryNotFoundException } from '@aws-sdk/client-ecr'
import type { TaggedImage } from '../../domain/tagged.ts'
import { once } from '../environment.ts'

const client = once(() => new ECRClient({}))

/** The most that ECR tells at once. */
const A_PAGE = 1_000

/**
 * Every tag of the repository, at one call for a thousand images; none where there is no such repository. ECR lists images in no
 * order, so that all have to be seen to find the newest.
 */
export async function taggedImages(repositoryName: string): Promise<TaggedImage[]> {
  const found: TaggedImage[] = []
  let nextToken: string | undefined
  try {
    do {
      const page = await client().send(
        new DescribeImagesCommand({
          ...{ repositoryName, nextToken, maxResults: A_PAGE },
          filter: { tagStatus: 'TAGGED' },
        }),
      )
      for (const { imageTags = [], imagePushedAt } of page.imageDetails ?? []) {
        // To the second, as the event of the push tells it.
        const pushedAt = Math.floor(Number(imagePushedAt ?? 0) / 1_000) * 1_000
        for (const tag of imageTags) found.push({ tag, pushedAt })
      }
      nextToken = page.nextToken
    } while (nextToken)
  } catch (error) {
    if (!(error instanceof RepositoryNotFoundException)) throw error
  }
  return found
}
