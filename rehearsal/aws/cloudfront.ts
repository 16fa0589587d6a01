import type {
  CreateInvalidationRequest,
  GetDistributionRequest,
  GetInvalidationRequest,
  InvalidationBatch,
} from '@aws-sdk/client-cloudfront'
import * as sdk from '@aws-sdk/client-cloudfront'
import type { Clock } from '../clock.ts'
import { CLOUDFRONT_AUTHORIZATION } from './authorization/cloudfront.ts'
import { tail } from './letters.ts'
import { ACCOUNT, AwsError, type Service } from './service.ts'

export interface Invalidation {
  distribution: string
  id: string
  callerReference: string
  paths: string[]
  status: 'InProgress' | 'Completed'
  /** AWS time of the request. */
  at: number
}

export interface CloudFront extends Service {
  addDistribution(id: string): void
  /** Every invalidation, oldest first; a request that is repeated has only one. */
  invalidations(): Invalidation[]
}

/** AWS promises no time; small ones are usually over in less than two minutes. */
const LASTS_MS = 60_000
const PATHS_IN_PROGRESS = 3000
const WILDCARDS_IN_PROGRESS = 15

/** Distributions that have nothing but invalidations. */
export function createCloudFront({ clock }: { clock: Clock }): CloudFront {
  const distributions = new Map<string, Omit<Invalidation, 'status'>[]>()
  const withStatus = (each: Omit<Invalidation, 'status'>): Invalidation => ({
    ...each,
    status: clock.now() - each.at < LASTS_MS ? 'InProgress' : 'Completed',
  })
  const of = (id = '') => {
    const found = distributions.get(id)
    if (!found) throw new AwsError('NoSuchDistribution', 'The specified distribution does not exist.')
    return found
  }

  return {
    signingName: 'cloudfront',
    isGlobal: true,
    sdk,
    authorization: CLOUDFRONT_AUTHORIZATION,
    operations: {
      CreateInvalidation(input: CreateInvalidationRequest): sdk.CreateInvalidationResult {
        const known = of(input.DistributionId)
        const paths = pathsOf(input.InvalidationBatch)
        const { DistributionId: distribution = '', InvalidationBatch: { CallerReference: callerReference = '' } = {} } =
          input
        const earlier = known.find(each => each.callerReference === callerReference)
        if (earlier && !isSame(earlier.paths, paths)) {
          const message = 'The caller reference belongs to an invalidation of other paths.'
          throw new AwsError('InvalidationBatchAlreadyExists', message)
        }
        const current = known.map(withStatus).filter(({ status }) => status === 'InProgress')
        if (!earlier) checkRoom([...current.flatMap(each => each.paths), ...paths])
        const id = `I${tail(`${distribution}/${callerReference}`, 13)}`
        const invalidation = earlier ?? { distribution, id, callerReference, paths, at: clock.now() }
        if (!earlier) known.push(invalidation)
        const location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distribution}/invalidation/${invalidation.id}`
        return { Location: location, Invalidation: told(withStatus(invalidation)) }
      },

      GetDistribution({ Id = '' }: GetDistributionRequest): sdk.GetDistributionResult {
        of(Id)
        return { Distribution: distribution(Id, clock.now()) }
      },

      GetInvalidation(input: GetInvalidationRequest): sdk.GetInvalidationResult {
        const found = of(input.DistributionId).find(({ id }) => id === input.Id)
        if (!found) throw new AwsError('NoSuchInvalidation', 'The specified invalidation does not exist.')
        return { Invalidation: told(withStatus(found)) }
      },
    },
    addDistribution: id => void distributions.set(id, distributions.get(id) ?? []),
    invalidations: () =>
      [...distributions.values()]
        .flat()
        .map(withStatus)
        .sort((one, other) => one.at - other.at),
  }
}

function pathsOf({ Paths: { Quantity, Items = [] } = { Quantity: 0 } }: Partial<InvalidationBatch> = {}): string[] {
  if (Quantity !== Items.length) {
    throw new AwsError('InconsistentQuantities', 'The value of Quantity and the size of Items do not match.')
  }
  if (Items.length === 0) throw new AwsError('InvalidArgument', 'An invalidation must have at least one path.')
  const wrong = Items.find(path => !/^\/[^*]*\*?$/.test(path) || path.length > 4000)
  if (wrong !== undefined) {
    throw new AwsError('InvalidArgument', `Your request contains one or more invalid invalidation paths: ${wrong}`)
  }
  return Items
}

function checkRoom(inProgress: string[]): void {
  const wildcards = inProgress.filter(path => path.endsWith('*')).length
  if (wildcards <= WILDCARDS_IN_PROGRESS && inProgress.length - wildcards <= PATHS_IN_PROGRESS) return
  const message = 'You have exceeded the maximum number of allowable InProgress invalidation batch requests.'
  throw new AwsError('TooManyInvalidationsInProgress', message)
}

function told({ id, status, at, paths, callerReference }: Invalidation): sdk.Invalidation {
  const InvalidationBatch = { Paths: { Quantity: paths.length, Items: paths }, CallerReference: callerReference }
  return { Id: id, Status: status, CreateTime: new Date(at), InvalidationBatch }
}

/** Of what it delivers, nothing is known. */
function distribution(Id: string, now: number): sdk.Distribution {
  return {
    ...{ Id, ARN: `arn:aws:cloudfront::${ACCOUNT}:distribution/${Id}`, Status: 'Deployed' },
    ...{
      LastModifiedTime: new Date(now),
      InProgressInvalidationBatches: 0,
      DomainName: `${Id.toLowerCase()}.cloudfront.net`,
    },
    DistributionConfig: {
      ...{ CallerReference: Id, Comment: '', Enabled: true, Origins: { Quantity: 0, Items: [] } },
      DefaultCacheBehavior: { TargetOriginId: '', ViewerProtocolPolicy: 'redirect-to-https' },
    },
  }
}

function isSame(one: string[], other: string[]): boolean {
  return [...one].sort().join('\n') === [...other].sort().join('\n')
}
