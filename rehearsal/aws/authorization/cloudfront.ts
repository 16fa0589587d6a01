import { ACCOUNT, type Authorization } from '../service.ts'

const onDistribution =
  (action: string) =>
  ({ DistributionId = '' }: { DistributionId?: string }) => [
    { action, resource: `arn:aws:cloudfront::${ACCOUNT}:distribution/${DistributionId}` },
  ]

export const CLOUDFRONT_AUTHORIZATION: Authorization = {
  CreateInvalidation: onDistribution('cloudfront:CreateInvalidation'),
  GetInvalidation: onDistribution('cloudfront:GetInvalidation'),
}
