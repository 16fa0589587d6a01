import { type Authorization, arn } from '../service.ts'
import { onAnything } from './access.ts'

const onTrail =
  (action: string) =>
  ({ Name, TrailName = Name }: { Name?: string; TrailName?: string }) => [
    { action, resource: TrailName?.startsWith('arn:') ? TrailName : arn('cloudtrail', `trail/${TrailName}`) },
  ]

export const CLOUDTRAIL_AUTHORIZATION: Authorization = {
  CreateTrail: onTrail('cloudtrail:CreateTrail'),
  StartLogging: onTrail('cloudtrail:StartLogging'),
  DescribeTrails: onAnything('cloudtrail:DescribeTrails'),
  GetTrailStatus: onTrail('cloudtrail:GetTrailStatus'),
  GetEventSelectors: onTrail('cloudtrail:GetEventSelectors'),
}
