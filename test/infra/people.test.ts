import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { applicationSchema } from '../../domain/application.ts'
import { type Resource, ROOT, type SynthesizedStack, synthesizedStack } from './stack.ts'

let stack: SynthesizedStack

beforeAll(async () => {
  stack = await synthesizedStack()
})

const stepOf = ({ properties }: Resource) => String(properties.Description).replace('Sluice: ', '')
const subscriptions = (protocol: string) =>
  stack.of('AWS::SNS::Subscription').filter(({ properties }) => properties.Protocol === protocol)

describe('what is told', () => {
  test('goes over two topics, each encrypted and closed to plain HTTP [P7.1a, P7.1d]', () => {
    const topics = stack.of('AWS::SNS::Topic')
    expect(topics.map(({ id }) => id.replace(/^SluicePeople|[0-9A-F]{8}$/g, '')).toSorted()).toEqual([
      'Links',
      'Notifications',
    ])
    for (const { properties } of topics) expect(properties.KmsMasterKeyId).toBeDefined()
    const denied = JSON.stringify(stack.of('AWS::SNS::TopicPolicy').map(({ properties }) => properties))
    expect(denied.match(/"aws:SecureTransport":"false"/g)).toHaveLength(2)
  })

  test('waits for each teller in a queue of its own, as it was published, and in a second one where it could not be told [P7.1b]', () => {
    const mappings = stack.of('AWS::Lambda::EventSourceMapping').flatMap(mapping => {
      const reader = stack.named(mapping.properties.FunctionName)
      return reader && /^Tell/.test(stepOf(reader)) ? [{ ...mapping, teller: stepOf(reader) }] : []
    })
    expect(mappings.map(({ teller }) => teller).toSorted()).toEqual(['TellPagerDuty', 'TellSlack'])
    for (const { properties } of mappings) {
      expect(properties).toMatchObject({ BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] })
      const queue = stack.named(properties.EventSourceArn)
      const redrive = queue?.properties.RedrivePolicy as { deadLetterTargetArn: unknown } | undefined
      expect(stack.named(redrive?.deadLetterTargetArn)?.id).toMatch(/DeadLetters/)
      const heard = subscriptions('sqs').filter(each => stack.named(each.properties.Endpoint)?.id === queue?.id)
      expect(heard).toMatchObject([{ properties: { RawMessageDelivery: true } }])
    }
  })

  test('of a personal link goes to that approver’s address alone [P7.1d]', () => {
    const demo = applicationSchema.parse(parse(readFileSync(join(ROOT, 'apps/demo.yaml'), 'utf8')))
    const approvers = demo.stages.flatMap(({ approval }) => approval?.approvers ?? [])
    const addresses = approvers.flatMap(({ email }) => (email ? [email] : []))
    expect(addresses.length).toBeGreaterThan(0)
    expect(
      subscriptions('email').map(({ properties: { Endpoint, FilterPolicy } }) => [Endpoint, FilterPolicy]),
    ).toEqual(addresses.map(address => [address, { to: [address] }]))
  })
})

describe('the pages', () => {
  test('have two addresses, which the one function answers', () => {
    const routes = stack.of('AWS::ApiGatewayV2::Route').map(({ properties }) => properties.RouteKey)
    expect(routes.toSorted()).toEqual(['ANY /approvals/{id}', 'ANY /releases/{app}/{release}'])
    const [integration, ...more] = stack.of('AWS::ApiGatewayV2::Integration')
    const answering = stack.named(integration?.properties.IntegrationUri)
    expect([answering && stepOf(answering), ...more]).toEqual(['Pages'])
  })

  test('keep signatures out of their log, and are asked no more often than people ask', () => {
    const [stage] = stack.of('AWS::ApiGatewayV2::Stage')
    const log = stage?.properties.AccessLogSettings as { Format: string } | undefined
    expect(Object.values(JSON.parse(log?.Format ?? '{}'))).toEqual([
      ...['$context.requestId', '$context.requestTime', '$context.routeKey', '$context.status'],
      '$context.identity.sourceIp',
    ])
    expect(stage?.properties.DefaultRouteSettings).toMatchObject({ ThrottlingBurstLimit: 50, ThrottlingRateLimit: 25 })
  })

  test('are answered by a function that deletes nothing, for whoever finds a way into it', () => {
    const pages = stack.of('AWS::Lambda::Function').find(each => stepOf(each) === 'Pages')
    const role = pages && stack.named(pages.properties.Role)
    const actions = role ? stack.allowed(role).flatMap(({ actions }) => actions) : []
    const onTable = actions.filter(action => action.startsWith('dynamodb:'))
    expect(onTable.toSorted()).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'])
  })

  test('are opened by links that only the functions that make or check them can sign', () => {
    const signers = stack.of('AWS::Lambda::Function').filter(({ properties }) => {
      const role = stack.named(properties.Role)
      const statements = role ? stack.allowed(role) : []
      return statements.some(({ resources }) =>
        resources.some(each => stack.named(each)?.type === 'AWS::SecretsManager::Secret'),
      )
    })
    expect(signers.map(stepOf).toSorted()).toEqual(['Pages', 'RequestApproval', 'TellPagerDuty', 'TellSlack'])
  })
})
