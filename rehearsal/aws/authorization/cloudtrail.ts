import { type Authorization, arn, type Caller } from '../service.ts'
import { onAnything } from './access.ts'

const onTrail =
  (action: string) =>
  ({ Name, TrailName = Name }: { Name?: string; TrailName?: string }, { region }: Caller) => [
    { action, resource: TrailName?.startsWith('arn:') ? TrailName : arn('cloudtrail', `trail/${TrailName}`, region) },
  ]

export const CLOUDTRAIL_AUTHORIZATION: Authorization = {
  CreateTrail: onTrail('cloudtrail:CreateTrail'),
  StartLogging: onTrail('cloudtrail:StartLogging'),
  DescribeTrails: onAnything('cloudtrail:DescribeTrails'),
  GetTrailStatus: onTrail('cloudtrail:GetTrailStatus'),
  GetEventSelectors: onTrail('cloudtrail:GetEventSelectors'),
}
