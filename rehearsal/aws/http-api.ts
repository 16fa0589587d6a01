import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { answerOf, type HttpAnswer, message } from './http-api/answer.ts'
import { type Received, requestEvent } from './http-api/event.ts'
import { type FrontDoor, openFrontDoor } from './http-api/front-door.ts'
import { compileRoute, type Found, findRoute, type Route } from './http-api/routes.ts'
import type { Lambda } from './lambda/lambda.ts'
import { tail } from './letters.ts'
import { AwsError, arn } from './service.ts'
import { range } from './wire/constraints.ts'

export interface HttpApi {
  id: string
  name: string
  /** Where it really answers. On AWS it would be `https://<id>.execute-api.<region>.amazonaws.com`. */
  url: string
}

export interface Integration {
  functionArn: string
  /** 50 to 30,000; 30,000 if absent. Real time, as the function's own. */
  timeoutMs?: number
}

/** API Gateway's HTTP APIs in front of functions: each a real port on loopback, with the one stage `$default`. */
export interface HttpApis {
  create(name: string): Promise<HttpApi>
  /** Until it has its stage, an API answers nothing but 404. */
  addStage(apiId: string): void
  /** Returns the integration's id. */
  addIntegration(apiId: string, integration: Integration): string
  addRoute(apiId: string, route: { key: string; integrationId: string }): void
  list(): HttpApi[]
  close(): Promise<void>
}

export interface HttpApisOptions {
  clock: Clock
  functions: Pick<Lambda, 'invoke'>
  /** The port that the first API tries; another where it is taken. */
  port?: number
  onSurprise: (error: unknown) => void
}

interface Deployed extends HttpApi {
  door: FrontDoor
  integrations: Map<string, Integration>
  routes: Route[]
  isStaged: boolean
}

const LONGEST_MS = 30_000
const NOT_FOUND = message(404, 'Not Found')
const FAILED = message(500, 'Internal Server Error')
const TOO_LATE = message(503, 'Service Unavailable')

export function createHttpApis({ clock, functions, port, onSurprise }: HttpApisOptions): HttpApis {
  const apis = new Map<string, Deployed>()

  function existing(apiId: string): Deployed {
    const api = apis.get(apiId)
    if (!api) throw notFound(`Invalid API identifier specified ${apiId}`)
    return api
  }

  async function answer(apiId: string, request: Received): Promise<HttpAnswer> {
    const { isStaged, routes, integrations } = existing(apiId)
    const found = isStaged ? findRoute(routes, request.method, request.rawPath) : undefined
    const integration = found && integrations.get(found.route.integrationId)
    if (!found || !integration) return NOT_FOUND
    const requestId = randomUUID()
    const event = requestEvent(request, found, { apiId, requestId, at: clock.now() })
    const answered = await inTime(ask(integration, event, sourceOf(apiId, found, request)), integration.timeoutMs)
    return { ...answered, headers: [...answered.headers, ['apigw-requestid', requestId]] }
  }

  async function ask({ functionArn }: Integration, event: object, source: string): Promise<HttpAnswer> {
    try {
      const asked = { service: 'apigateway.amazonaws.com', arns: [source] }
      const { payload, functionError } = await functions.invoke(functionArn, event, asked)
      return (functionError ? undefined : answerOf(payload)) ?? FAILED
    } catch (error) {
      if (!(error instanceof AwsError)) onSurprise(error)
      return FAILED
    }
  }

  return {
    async create(name) {
      const id = tail(`api/${name}/${apis.size}`, 10).toLowerCase()
      const door = await openFrontDoor({ clock, port, answer: request => answer(id, request), onSurprise })
      const api = { id, name, url: door.url }
      apis.set(id, { ...api, door, integrations: new Map(), routes: [], isStaged: false })
      return api
    },
    addStage(apiId) {
      existing(apiId).isStaged = true
    },
    addIntegration(apiId, integration) {
      range('timeoutInMillis', integration.timeoutMs, 50, LONGEST_MS)
      const { integrations } = existing(apiId)
      const id = tail(`${apiId}/integration/${integrations.size}`, 7).toLowerCase()
      integrations.set(id, integration)
      return id
    },
    addRoute(apiId, { key, integrationId }) {
      const { routes, integrations } = existing(apiId)
      if (!integrations.has(integrationId)) throw notFound(`Invalid Integration identifier specified ${integrationId}`)
      if (routes.some(route => route.key === key)) {
        throw new AwsError('ConflictException', `Route with key ${key} already exists for this API`, 409)
      }
      routes.push(compileRoute(key, integrationId))
    },
    list: () => [...apis.values()].map(({ id, name, url }) => ({ id, name, url })),
    async close() {
      await Promise.all([...apis.values()].map(({ door }) => door.close()))
    },
  }
}

/** As the function's resource policy sees the request. */
function sourceOf(apiId: string, { route: { path } }: Found, { method }: Received): string {
  return arn('execute-api', `${apiId}/$default/${path ? `${method}${path.template}` : '$default'}`)
}

/** The function is not stopped; only nobody waits for it any longer. */
async function inTime(work: Promise<HttpAnswer>, limit = LONGEST_MS): Promise<HttpAnswer> {
  const { promise: late, resolve } = Promise.withResolvers<HttpAnswer>()
  const timer = setTimeout(() => resolve(TOO_LATE), limit)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function notFound(text: string): AwsError {
  return new AwsError('NotFoundException', text, 404)
}
