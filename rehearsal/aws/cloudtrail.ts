import * as sdk from '@aws-sdk/client-cloudtrail'
import { CLOUDTRAIL_AUTHORIZATION } from './authorization/cloudtrail.ts'
import { ACCOUNT, AwsError, arn, type Caller, GLOBAL_REGION, REGION, type Service } from './service.ts'
import { notRehearsed } from './wire/endpoint.ts'

const GIVEN = ['Name', 'S3BucketName', 'IsMultiRegionTrail']

interface Trail {
  told: sdk.Trail & { Name: string; TrailARN: string; HomeRegion: string }
  isLogging: boolean
}

/**
 * Trails of two regions, and whether they log; what they log is written nowhere, and whether their bucket takes it is not looked at.
 * In a region where it is not at home, a trail of several regions is listed and its status is told by its ARN; nothing else of it is.
 */
export function createCloudTrail(): Service {
  const trails = new Map<string, Trail>()
  const heardIn = (region: string) =>
    [...trails.values()].filter(({ told }) => told.HomeRegion === region || told.IsMultiRegionTrail)
  const unknown = (nameOrArn: string) =>
    new AwsError('TrailNotFoundException', `Unknown trail: ${nameOrArn} for the user: ${ACCOUNT}`)
  const atHome = (nameOrArn = '', { region = REGION }: Caller) => {
    const found = heardIn(region).find(
      ({ told }) => told.HomeRegion === region && [told.Name, told.TrailARN].includes(nameOrArn),
    )
    if (!found) throw unknown(nameOrArn)
    return found
  }
  return {
    signingName: 'cloudtrail',
    elsewhere: [GLOBAL_REGION],
    sdk,
    authorization: CLOUDTRAIL_AUTHORIZATION,
    operations: {
      CreateTrail(input: sdk.CreateTrailRequest, { region = REGION }: Caller): sdk.CreateTrailResponse {
        const strange = Object.keys(input).find(member => !GIVEN.includes(member))
        if (strange) throw notRehearsed(`cloudtrail:CreateTrail with ${strange}`)
        const { Name = '', S3BucketName, IsMultiRegionTrail = false } = input
        if (!/^[A-Za-z0-9](?:[._-]?[A-Za-z0-9]){2,127}$/.test(Name))
          throw new AwsError('InvalidTrailNameException', `Trail name is not valid: ${Name}`)
        const TrailARN = arn('cloudtrail', `trail/${Name}`, region)
        if (trails.has(TrailARN)) throw new AwsError('TrailAlreadyExistsException', `Trail ${Name} already exists`)
        const told = { Name, S3BucketName, TrailARN, IsMultiRegionTrail, IncludeGlobalServiceEvents: true }
        const more = { HomeRegion: region, IsOrganizationTrail: false, HasCustomEventSelectors: false }
        trails.set(TrailARN, { told: { ...told, ...more }, isLogging: false })
        return { ...told, LogFileValidationEnabled: false, IsOrganizationTrail: false }
      },

      StartLogging({ Name }: sdk.StartLoggingRequest, caller: Caller): sdk.StartLoggingResponse {
        atHome(Name, caller).isLogging = true
        return {}
      },

      DescribeTrails(
        { trailNameList, includeShadowTrails }: sdk.DescribeTrailsRequest,
        { region = REGION }: Caller,
      ): sdk.DescribeTrailsResponse {
        if (trailNameList?.length) throw notRehearsed('cloudtrail:DescribeTrails with trailNameList')
        if (includeShadowTrails === false) throw notRehearsed('cloudtrail:DescribeTrails without shadow trails')
        return { trailList: heardIn(region).map(({ told }) => told) }
      },

      GetTrailStatus({ Name = '' }: sdk.GetTrailStatusRequest, caller: Caller): sdk.GetTrailStatusResponse {
        const shadow = heardIn(caller.region ?? REGION).find(({ told }) => told.TrailARN === Name)
        return { IsLogging: (shadow ?? atHome(Name, caller)).isLogging }
      },

      GetEventSelectors({ TrailName }: sdk.GetEventSelectorsRequest, caller: Caller): sdk.GetEventSelectorsResponse {
        return {
          TrailARN: atHome(TrailName, caller).told.TrailARN,
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
