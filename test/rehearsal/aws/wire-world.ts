import { createDynamo } from '../../../rehearsal/aws/dynamodb.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../../rehearsal/aws/gateway.ts'
import { REGION, type Service } from '../../../rehearsal/aws/service.ts'
import { createClock } from '../../../rehearsal/clock.ts'

export const KEY = 'AKIAREHEARSAL'
export const START = Date.UTC(2026, 0, 5, 8)

export type World = Gateway & {
  clock: GatewayOptions['clock']
  surprises: unknown[]
  /** What an SDK client needs to reach this world. */
  client: {
    endpoint: string
    region: string
    maxAttempts: number
    credentials: { accessKeyId: string; secretAccessKey: string }
  }
}

/** A gateway with these services, and one principal: `operator`. */
export async function worldWith(
  services: (clock: World['clock']) => Service[],
  prepare?: (parts: { dynamodb: GatewayOptions['dynamodb'] }) => Promise<void>,
): Promise<World> {
  const clock = createClock({ drive: 'jump', start: START })
  const dynamodb = createDynamo({ clock })
  await prepare?.({ dynamodb })
  const surprises: unknown[] = []
  const gateway = await startGateway({
    clock,
    services: services(clock),
    dynamodb,
    principals: new Map([[KEY, { principal: 'operator', secretAccessKey: 'secret' }]]),
    onSurprise: error => surprises.push(error),
  })
  const credentials = { accessKeyId: KEY, secretAccessKey: 'secret' }
  return {
    ...gateway,
    clock,
    surprises,
    client: { endpoint: gateway.endpoint, region: REGION, maxAttempts: 1, credentials },
  }
}

/** Sends a document as no typed client would, signed as one. */
export async function sendRaw(
  world: World,
  service: string,
  headers: Record<string, string>,
  body: string,
  path = '/',
): Promise<{ status: number; headers: Headers; body: string }> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY}/20260105/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`
  const response = await fetch(`${world.endpoint}${path}`, {
    method: 'POST',
    headers: { authorization, ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}
