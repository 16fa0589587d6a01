import { z } from 'zod'
import { tail } from '../../aws/letters.ts'
import { indifferent, type ResourceType, resource, text, truth, whole } from '../resource.ts'

const api = z.strictObject({
  Name: text,
  ProtocolType: z.literal('HTTP'),
  DisableExecuteApiEndpoint: truth.pipe(z.literal(false)).optional(),
  Description: indifferent,
  Tags: indifferent,
})

const integration = z.strictObject({
  ApiId: text,
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: text,
  IntegrationMethod: indifferent,
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: whole.optional(),
  Description: indifferent,
})

const route = z.strictObject({
  ApiId: text,
  RouteKey: text,
  Target: text.startsWith('integrations/'),
  AuthorizationType: z.literal('NONE').optional(),
  OperationName: indifferent,
})

const stage = z.strictObject({
  ApiId: text,
  StageName: z.literal('$default'),
  AutoDeploy: truth.pipe(z.literal(true)),
  // Throttling: a rehearsal's few people never come near it.
  DefaultRouteSettings: indifferent,
  RouteSettings: indifferent,
  AccessLogSettings: indifferent,
  Description: indifferent,
  Tags: indifferent,
})

/** A function's ARN, alone or in the path by which API Gateway invokes it. */
const functionOf = (uri: string) => /\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri

/** HTTP APIs. `ApiEndpoint` is the one attribute of theirs that differs from AWS's: an address on this machine. */
export const HTTP_APIS: Readonly<Record<string, ResourceType>> = {
  'AWS::ApiGatewayV2::Api': resource(api, async ({ Name }, { services }) => {
    const { id, url } = await services.httpApis.create(Name)
    return { ref: id, attributes: { ApiId: id, ApiEndpoint: url } }
  }),

  'AWS::ApiGatewayV2::Integration': resource(integration, (properties, { services }) => {
    const { ApiId, IntegrationUri, TimeoutInMillis } = properties
    const id = services.httpApis.addIntegration(ApiId, {
      functionArn: functionOf(IntegrationUri),
      ...(TimeoutInMillis !== undefined && { timeoutMs: TimeoutInMillis }),
    })
    return { ref: id, attributes: { IntegrationId: id } }
  }),

  'AWS::ApiGatewayV2::Route': resource(route, ({ ApiId, RouteKey, Target }, { services }) => {
    services.httpApis.addRoute(ApiId, { key: RouteKey, integrationId: Target.replace('integrations/', '') })
    const id = tail(`${ApiId}/${RouteKey}`, 7).toLowerCase()
    return { ref: id, attributes: { RouteId: id } }
  }),

  'AWS::ApiGatewayV2::Stage': resource(stage, ({ ApiId, StageName }, { services }) => {
    services.httpApis.addStage(ApiId)
    return { ref: StageName, attributes: {} }
  }),
}
