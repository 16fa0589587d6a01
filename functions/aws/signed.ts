import { fromEnv } from '@aws-sdk/credential-provider-env'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { environment, once } from '../environment.ts'
import { StepFailure } from '../failure.ts'

/**
 * Calls to services whose SDK client is too big for the bundle of a function that makes three of its calls: RDS's and S3's are
 * 100 KB each, most of it errors and shapes of other calls. What the SDK signs with is in every bundle.
 */

/** By the names that their calls are signed with, which are also those of their endpoints. */
export type SignedService = 'rds' | 's3' | 'elasticloadbalancing' | 'monitoring' | 'cloudfront' | 'ssm'

export interface Question {
  method: 'GET' | 'POST' | 'HEAD'
  /** As it is sent: whatever needs escaping is escaped. */
  path: string
  headers?: Record<string, string>
  body?: string
}

export interface Answer {
  status: number
  headers: Headers
  body: string
}

const credentials = once(() => fromEnv())

/** Longest time of one call, in ms: several of them fit into a function's own limit. */
const WITHIN_MS = 10_000

/** Whatever the service answers is returned, refusals too. No answer at all is worth another try, which is not made here. */
export async function askSigned(
  service: SignedService,
  { method, path, headers = {}, body }: Question,
): Promise<Answer> {
  const { region, host: at } = placeOf(service)
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL ?? `https://${at}`)
  const address = new URL(path, endpoint)
  if (address.href !== `${endpoint.origin}${path}`) throw new Error(`${path} would be sent as ${address.href}`)
  const signer = new SignatureV4({
    service,
    region,
    credentials: credentials(),
    sha256: Sha256,
    // S3 alone signs the path as it is sent.
    uriEscapePath: service !== 's3',
  })
  const { protocol, hostname, host } = endpoint
  const signed = await signer.sign({ method, protocol, hostname, path, headers: { ...headers, host }, body })
  try {
    const answer = await fetch(address, {
      method,
      headers: signed.headers,
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(WITHIN_MS),
    })
    return { status: answer.status, headers: answer.headers, body: await answer.text() }
  } catch (error) {
    throw new StepFailure('Transient', `${service} gave no answer: ${(error as Error).message}`)
  }
}

/** CloudFront is everywhere, and is asked in one region. */
function placeOf(service: SignedService): { region: string; host: string } {
  if (service === 'cloudfront') return { region: 'us-east-1', host: 'cloudfront.amazonaws.com' }
  const region = environment('AWS_REGION')
  return { region, host: `${service}.${region}.${suffixOf(region)}` }
}

const suffixOf = (region: string) => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com')

/** A refusal, named by the service's own code; the status tells what is worth another try. */
export class ServiceError extends Error {
  readonly $metadata: { httpStatusCode: number }

  constructor(code: string, message: string, status: number) {
    super(message)
    this.name = code
    this.$metadata = { httpStatusCode: status }
  }
}
