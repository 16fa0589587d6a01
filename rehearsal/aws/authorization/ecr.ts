import type { DescribeRepositoriesRequest } from '@aws-sdk/client-ecr'
import { type Authorization, arn } from '../service.ts'

const repository = (name = '*') => arn('ecr', `repository/${name}`)

const OF_A_REPOSITORY = [
  ...['BatchGetImage', 'DescribeImages', 'GetDownloadUrlForLayer'],
  ...['BatchDeleteImage', 'CreateRepository', 'UpdateImageStorageClass'],
]

export const ECR_AUTHORIZATION: Authorization = {
  ...Object.fromEntries(
    OF_A_REPOSITORY.map(operation => [
      operation,
      ({ repositoryName }: { repositoryName?: string }) => [
        { action: `ecr:${operation}`, resource: repository(repositoryName) },
      ],
    ]),
  ),
  DescribeRepositories: ({ repositoryNames = ['*'] }: DescribeRepositoriesRequest) =>
    repositoryNames.map(name => ({ action: 'ecr:DescribeRepositories', resource: repository(name) })),
}
