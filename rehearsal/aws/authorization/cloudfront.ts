import { ACCOUNT, type Authorization } from '../service.ts'

const onDistribution =
  (action: string) =>
  ({ DistributionId = '', Id = '' }: { DistributionId?: string; Id?: string }) => [
    { action, resource: `arn:aws:cloudfront::${ACCOUNT}:distribution/${DistributionId || Id}` },
  ]

export const CLOUDFRONT_AUTHORIZATION: Authorization = {
  CreateInvalidation: onDistribution('cloudfront:CreateInvalidation'),
  GetDistribution: onDistribution('cloudfront:GetDistribution'),
  GetInvalidation: onDistribution('cloudfront:GetInvalidation'),
}
