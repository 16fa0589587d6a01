import * as sdk from '@aws-sdk/client-cloudtrail'
import { CLOUDTRAIL_AUTHORIZATION } from './authorization/cloudtrail.ts'
import { AwsError, arn, REGION, type Service } from './service.ts'
import { notRehearsed } from './wire/endpoint.ts'

const GIVEN = ['Name', 'S3BucketName', 'IsMultiRegionTrail']

interface Trail {
  told: sdk.Trail & { Name: string; TrailARN: string }
  isLogging: boolean
}

/** Trails, and whether they log; what they log is written nowhere, and whether their bucket takes it is not looked at. */
export function createCloudTrail(): Service {
  const trails = new Map<string, Trail>()
  const named = (nameOrArn = '') => {
    const found = [...trails.values()].find(({ told }) => told.Name === nameOrArn || told.TrailARN === nameOrArn)
    if (!found) throw new AwsError('TrailNotFoundException', `Unknown trail: ${nameOrArn}`)
    return found
  }
  return {
    signingName: 'cloudtrail',
    sdk,
    authorization: CLOUDTRAIL_AUTHORIZATION,
    operations: {
      CreateTrail(input: sdk.CreateTrailRequest): sdk.CreateTrailResponse {
        const unknown = Object.keys(input).find(member => !GIVEN.includes(member))
        if (unknown) throw notRehearsed(`cloudtrail:CreateTrail with ${unknown}`)
        const { Name = '', S3BucketName, IsMultiRegionTrail = false } = input
        if (!/^[A-Za-z0-9](?:[._-]?[A-Za-z0-9]){2,127}$/.test(Name))
          throw new AwsError('InvalidTrailNameException', `Trail name is not valid: ${Name}`)
        if (trails.has(Name)) throw new AwsError('TrailAlreadyExistsException', `Trail ${Name} already exists`)
        const TrailARN = arn('cloudtrail', `trail/${Name}`)
        const told = { Name, S3BucketName, TrailARN, IsMultiRegionTrail, IncludeGlobalServiceEvents: true }
        const more = { HomeRegion: REGION, IsOrganizationTrail: false, HasCustomEventSelectors: false }
        trails.set(Name, { told: { ...told, ...more }, isLogging: false })
        return { ...told, LogFileValidationEnabled: false, IsOrganizationTrail: false }
      },

      StartLogging({ Name }: sdk.StartLoggingRequest): sdk.StartLoggingResponse {
        named(Name).isLogging = true
        return {}
      },

      DescribeTrails({ trailNameList }: sdk.DescribeTrailsRequest): sdk.DescribeTrailsResponse {
        if (trailNameList?.length) throw notRehearsed('cloudtrail:DescribeTrails with trailNameList')
        return { trailList: [...trails.values()].map(({ told }) => told) }
      },

      GetTrailStatus({ Name }: sdk.GetTrailStatusRequest): sdk.GetTrailStatusResponse {
        return { IsLogging: named(Name).isLogging }
      },

      GetEventSelectors({ TrailName }: sdk.GetEventSelectorsRequest): sdk.GetEventSelectorsResponse {
        return {
          TrailARN: named(TrailName).told.TrailARN,
          EventSelectors: [
            {
              ReadWriteType: 'All',
              IncludeManagementEvents: true,
              DataResources: [],
              ExcludeManagementEventSources: [],
            },
          ],
        }
      },
    },
  }
}
