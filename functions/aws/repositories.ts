import { DescribeRepositoriesCommand, ECRClient, RepositoryNotFoundException } from '@aws-sdk/client-ecr'
import { once } from '../environment.ts'

const client = once(() => new ECRClient({}))

export interface Repository {
  /** ECR's own word for whether a tag may come to stand for another image. */
  tagMutability: string
}

/** Undefined when there is none of this name. */
export async function findRepository(name: string): Promise<Repository | undefined> {
  try {
    const { repositories } = await client().send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))
    const [found] = repositories ?? []
    return found && { tagMutability: found.imageTagMutability ?? 'MUTABLE' }
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return undefined
    throw error
  }
}
