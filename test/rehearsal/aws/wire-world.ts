import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { createDynamo } from '../../../rehearsal/aws/dynamodb.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../../rehearsal/aws/gateway.ts'
import { createIam, type Iam } from '../../../rehearsal/aws/iam/iam.ts'
import { REGION, type Service } from '../../../rehearsal/aws/service.ts'
import { createClock } from '../../../rehearsal/clock.ts'

export const KEY = 'AKIAREHEARSAL'
const SECRET = 'secret'
/** A role that is judged once a test has given it policies, and the key of who has it. */
export const ROLE = 'arn:aws:iam::111122223333:role/step'
export const ROLE_KEY = 'AKIAROLE'
export const START = Date.UTC(2026, 0, 5, 8)

export type World = Gateway & {
  iam: Iam
  /** Gives the role these policies, in place of what it had. */
  policies(...statements: object[]): void
  clock: GatewayOptions['clock']
  surprises: unknown[]
  /** What an SDK client needs to reach this world. */
  client: ClientSettings
  /** The same with the key of the role. */
  asRole: ClientSettings
}

interface ClientSettings {
  endpoint: string
  region: string
  maxAttempts: number
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/** A gateway with these services, and two principals: `operator` and {@link ROLE}. */
export async function worldWith(
  services: (clock: World['clock']) => Service[],
  prepare?: (parts: { dynamodb: GatewayOptions['dynamodb'] }) => Promise<void>,
  quotas = false,
): Promise<World> {
  const clock = createClock({ drive: 'jump', start: START })
  const dynamodb = createDynamo({ clock })
  await prepare?.({ dynamodb })
  const surprises: unknown[] = []
  const iam = createIam()
  const gateway = await startGateway({
    clock,
    services: services(clock),
    dynamodb,
    principals: new Map([
      [KEY, { principal: 'operator', secretAccessKey: SECRET }],
      [ROLE_KEY, { principal: ROLE, secretAccessKey: 'of the role' }],
    ]),
    iam,
    quotas,
    onSurprise: error => surprises.push(error),
  })
  const settings = (accessKeyId: string, secretAccessKey: string) => ({
    ...{ endpoint: gateway.endpoint, region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId, secretAccessKey },
  })
  return {
    ...gateway,
    iam,
    clock,
    surprises,
    policies: (...statements) =>
      iam.putRole({
        ...{ arn: ROLE, name: 'step', trust: { Statement: [] }, managedPolicyArns: [] },
        policies: [{ Version: '2012-10-17', Statement: statements }],
      }),
    client: settings(KEY, SECRET),
    asRole: settings(ROLE_KEY, 'of the role'),
  }
}

/** Sends a document as no typed client would, signed as one. */
export async function sendRaw(
  world: World,
  service: string,
  headers: Record<string, string>,
  body: string,
  path = '/',
  as: Signing = {},
): Promise<{ status: number; headers: Headers; body: string }> {
  const request = await signed(world, service, headers, body, path, as)
  const response = await fetch(`${world.endpoint}${path}`, request)
  return { status: response.status, headers: response.headers, body: await response.text() }
}

interface Signing {
  at?: Date
  region?: string
  key?: string
  secret?: string
}

/** What `fetch` takes, with the SDK's own signature of START. */
export async function signed(
  { endpoint }: Pick<World, 'endpoint'>,
  service: string,
  headers: Record<string, string>,
  body: string,
  path = '/',
  { at = new Date(START), region = REGION, key = KEY, secret = SECRET }: Signing = {},
) {
  const credentials = { accessKeyId: key, secretAccessKey: secret }
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== 's3' })
  const { protocol, hostname, host } = new URL(endpoint)
  const request = { method: 'POST', protocol, hostname, path, headers: { ...headers, host }, body }
  const { headers: sent } = await signer.sign(request, { signingDate: at })
  return { method: 'POST', headers: sent, body }
}
