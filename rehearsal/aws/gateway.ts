import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import { listen } from '../process/port.ts'
import type { Dynamo } from './dynamodb.ts'
import { createGuard } from './iam/guard.ts'
import type { Iam } from './iam/iam.ts'
import { flawIn, signedAt, wrongService } from './iam/signature.ts'
import { AwsError, type Caller, type Service } from './service.ts'
import { type Principals, type Scope, scopeOf } from './wire/caller.ts'
import { type Endpoint, endpointOf, notRehearsed } from './wire/endpoint.ts'
import { FaultPlan, type Faults } from './wire/faults.ts'
import type { WireRequest, WireResponse } from './wire/protocol.ts'
import { escapeXml } from './wire/query.ts'
import { Quotas } from './wire/quotas.ts'
import { Senders } from './wire/senders.ts'

export interface GatewayOptions {
  clock: Clock
  services: readonly Service[]
  dynamodb: Dynamo
  principals: Principals
  /** Judges what principals may do. */
  iam: Iam
  /** Who is behind the requests. Default: nobody is known. */
  senders?: Senders
  /** Whether AWS's documented request rates hold. Default: yes. */
  quotas?: boolean
  /** The port to try first. Default: any. */
  port?: number | undefined
  /** Hears of errors that no service meant to send: bugs of the rehearsal. Default: they end the process. */
  onSurprise?: (error: unknown) => void
}

export interface Gateway {
  /** For AWS_ENDPOINT_URL. */
  endpoint: string
  port: number
  faults: Faults
  /** `service:operation` → how many requests were refused by AWS's request rates. */
  throttled: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** One port on loopback that is every AWS service, for the unmodified SDK. Each request holds the clock until it is answered. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, services, dynamodb, principals, iam, senders = new Senders(clock) } = options
  const onSurprise = options.onSurprise ?? endProcess
  const guard = createGuard(iam)
  const endpoints = new Map<string, Endpoint>(
    services.map(service => [service.signingName, endpointOf(service, { guard, onSurprise })]),
  )
  endpoints.set('dynamodb', {
    ...endpointOf(dynamodb.service, { guard, onSurprise }),
    call: (request, caller) =>
      dynamodb.forward(request, (operation, input) => guard(dynamodb.service, operation, input, caller)),
  })
  const faults = new FaultPlan()
  const quotas = options.quotas === false ? undefined : new Quotas(clock)

  const byTarget = new Map([...endpoints].map(([name, { target }]) => [target, name]))

  /** Who signed the request; what a principal may do is the guard's affair. */
  function authenticate(request: WireRequest, scope: Scope, endpoint: Endpoint, { now, pace }: CallersTime): Caller {
    const { dialect, regions } = endpoint
    if (request.headers['x-amz-security-token'] !== undefined)
      throw notRehearsed('a session token of temporary credentials')
    const known = principals.get(scope.accessKeyId)
    if (!known) throw dialect.unknownKey
    if (!regions.includes(scope.region)) throw notRehearsed(`region ${scope.region}`)
    const [target = ''] = String(request.headers['x-amz-target'] ?? '').split('.')
    const meant = (target && byTarget.get(target)) || scope.service
    if (meant !== scope.service) throw dialect.flawed(wrongService(meant))
    const flaw = flawIn(request, scope, known.secretAccessKey, now, pace)
    if (flaw) throw dialect.flawed(flaw)
    return { principal: known.principal, region: scope.region }
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = randomUUID()
    const time = callersTime(req, clock)
    res.setHeader('Date', new Date(time.now).toUTCString())
    const request = await receive(req)
    const scope = scopeOf(req.headers)
    if (!scope) return send(res, isPresigned(request) ? presigned(request) : unsigned(request), requestId)
    const endpoint = endpoints.get(scope.service)
    if (!endpoint) return send(res, unknownService(request, scope), requestId)
    const response = await respond(endpoint, request, scope, time, requestId).catch(error =>
      endpoint.refuse(error, requestId),
    )
    if (response === 'lost' || !(await senders.isReached(scope.accessKeyId))) return void res.destroy()
    send(res, response, requestId)
  }

  async function respond(
    endpoint: Endpoint,
    request: WireRequest,
    scope: Scope,
    time: CallersTime,
    requestId: string,
  ): Promise<WireResponse | 'lost'> {
    const { dialect } = endpoint
    const { service, region, accessKeyId } = scope
    const caller = authenticate(request, scope, endpoint, time)
    const operation = endpoint.operationName(request)
    const fault = faults.meet({ service, operation, principal: caller.principal })
    if (fault === 'throttle') throw dialect.throttled
    if (fault === 'internal-error') throw dialect.internal
    if (typeof fault === 'object' && 'fail' in fault)
      throw new AwsError(fault.fail, fault.message ?? '', fault.statusCode)
    if (typeof fault === 'object') {
      if (!(await senders.stall(accessKeyId, fault.stallMs))) return 'lost'
      fault.arrives?.()
    }
    if (quotas?.exceeded({ service, operation, region })) throw dialect.throttled
    const response = await endpoint.call(request, caller, requestId)
    return fault === 'lose-answer' ? 'lost' : response
  }

  const server = createServer((req, res) => {
    const held = async () => {
      await answer(req, res)
      if (!res.writableFinished && !res.destroyed) await Promise.race([once(res, 'finish'), once(res, 'close')])
    }
    clock.during(String(req.headers['x-amz-target'] ?? `${req.method} ${req.url}`), held).catch(error => {
      // Whoever went away while sending waits for no answer.
      const isGone = req.destroyed && !req.complete
      res.destroy()
      if (!isGone) onSurprise(error)
    })
  })
  server.keepAliveTimeout = 60_000
  const port = await listen(server, options.port)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    faults,
    throttled: quotas?.refused ?? new Map(),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/**
 * AWS time for those who live in it; real time for an operator's process, which signs by its own clock: the SDK takes
 * every error that comes with a distant Date for clock skew, and calls again.
 */
function callersTime(request: IncomingMessage, clock: Clock): CallersTime {
  const aws = clock.now()
  const at = signedAt(request)
  const isReal = at !== undefined && Math.abs(at - aws) > Math.abs(at - Date.now())
  return isReal ? { now: Date.now(), pace: 1 } : { now: aws, pace: clock.speed }
}

interface CallersTime {
  now: number
  /** How fast that time runs. */
  pace: number
}

async function receive(req: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  // A target that is no path is nobody's operation: answered like the root.
  const url = URL.parse(`http://gateway${req.url?.startsWith('/') ? req.url : '/'}`) ?? new URL('http://gateway/')
  return { method: req.method ?? '', url, headers: req.headers, body: Buffer.concat(chunks) }
}

function send(res: ServerResponse, { status, headers, body }: WireResponse, requestId: string): void {
  if (res.destroyed) return
  // The answer to HEAD has the length of a body that it does not have.
  res.writeHead(status, { 'x-amzn-RequestId': requestId, 'content-length': Buffer.byteLength(body), ...headers })
  res.end(body)
}

function unsigned(request: WireRequest): WireResponse {
  return asked(request, 403, 'MissingAuthenticationToken', 'Request is missing Authentication Token')
}

const isPresigned = ({ url }: WireRequest) => url.searchParams.has('X-Amz-Signature')

function presigned(request: WireRequest): WireResponse {
  return asked(request, 400, 'NotRehearsed', 'a presigned request is not part of this rehearsal')
}

function unknownService(request: WireRequest, { service }: Scope): WireResponse {
  return asked(request, 400, 'NotRehearsed', `${service} is not part of this rehearsal`)
}

/** An error in the form of the question, where no service's model says how: a form is answered in XML. */
function asked({ headers }: WireRequest, status: number, name: string, message: string): WireResponse {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  const body = isForm
    ? `<ErrorResponse><Error><Code>${name}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`
    : JSON.stringify({ __type: name, message })
  const type = isForm ? 'text/xml' : 'application/json'
  return { status, headers: { 'content-type': type, ...(isForm ? {} : { 'x-amzn-errortype': name }) }, body }
}

function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
