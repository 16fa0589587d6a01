// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of CloudFormation.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { loadAssembly } from '../../../rehearsal/assembly/load.ts'
import type { Services } from '../../../rehearsal/assembly/resource.ts'
import { functionArn } from '../../../rehearsal/aws/lambda/functions.ts'
import { arn } from '../../../rehearsal/aws/service.ts'
import { writeAssembly } from './assembly-for-tests.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

type Call = [string, ...unknown[]]

/** What only a stack that is deployed again asks for. */
function unused<const N extends string>(names: readonly N[]): Record<N, () => never> {
  const refuse = (name: string) => () => {
    throw new Error(`nothing is deployed yet: ${name}`)
  }
  return Object.fromEntries(names.map(name => [name, refuse(name)])) as Record<N, () => never>
}

/** Services that write down what is created in them. */
function recorder() {
  const calls: Call[] = []
  const note = (...call: Call) => void calls.push(call)
  const services: Services = {
    lambda: {
      ...unused(['updateFunction', 'deleteFunction', 'deleteVersion', 'removePermission']),
      isChanged: () => true,
      createFunction(settings) {
        note('createFunction', settings)
        return { functionArn: functionArn(settings.name) }
      },
      publishVersion(name) {
        note('publishVersion', name)
        return functionArn(name, '1')
      },
      addPermission: permission => note('addPermission', permission),
      putEventInvokeConfig: (name, settings) => note('putEventInvokeConfig', name, settings),
    },
    dynamodb: { createTable: async input => note('createTable', input) },
    states: {
      ...unused(['updateStateMachine', 'deleteVersion']),
      createStateMachine(machine) {
        note('createStateMachine', machine)
        return { stateMachineArn: `arn:machine:${machine.name}`, revisionId: 'a1' }
      },
      publishVersion(machine) {
        note('publishMachine', machine)
        return `${machine}:1`
      },
    },
    events: { ...unused(['deleteRule']), putRule: rule => note('putRule', rule) },
    sns: {
      ...unused(['unsubscribe']),
      createTopic(name) {
        note('createTopic', name)
        return { arn: arn('sns', name) }
      },
      subscribe(subscription) {
        note('subscribe', subscription)
        return { arn: `${subscription.topicArn}:1` }
      },
    },
    sqs: {
      ...unused(['updateQueue']),
      createQueue(settings) {
        note('createQueue', settings)
        return { arn: arn('sqs', settings.name), url: `http://queues/${settings.name}` }
      },
      putQueuePolicy: (url, document) => note('putQueuePolicy', url, document),
    },
    eventSources: { create: source => note('createEventSource', source) },
    httpApis: {
      async create(name) {
        note('createApi', name)
        return { id: 'api1', name, url: 'http://127.0.0.1:4000' }
      },
      addStage: id => note('addStage', id),
      addIntegration(id, integration) {
        note('addIntegration', id, integration)
        return 'int1'
      },
      addRoute: (id, route) => note('addRoute', id, route),
    },
    secrets: {
      createSecret(secret) {
        note('createSecret', secret)
        return { arn: arn('secretsmanager', `secret:${secret.name}-AbCdEf`) }
      },
    },
    iam: { putRole: role => note('putRole', role) },
    cloudWatch: { ...unused(['deleteAlarm']), putAlarm: alarm => note('putAlarm', alarm) },
    addPrincipal: (key, principal) => note('addPrincipal', key, principal),
  }
  return { services, calls }
}

async function load(template: object, code = {}, environment?: string) {
  const { directory, remove } = writeAssembly(template, code, environment)
  cleanups.push(remove)
  const { services, calls } = recorder()
  const stack = await loadAssembly(directory, services)
  const made = (name: string) => calls.filter(call => call[0] === name).map(call => call.slice(1))
  return { stack, made, order: calls.map(([name]) => name), directory }
}

const attempt = (Resources: object) => load({ Resources })

describe('a stack', () => {
  const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } }
  const fn = {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}' }, S3Key: 'abc.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Timeout: 30,
      Environment: { Variables: { TABLE: { Ref: 'Table' } } },
    },
    DependsOn: ['Policy'],
  }
  const template = {
    Parameters: { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk/version' } },
    Rules: { CheckBootstrapVersion: {} },
    Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    Resources: {
      CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'x' }, Condition: 'Never' },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['aws.ecr'] },
          State: 'ENABLED',
          Targets: [{ Id: 'Target0', Arn: { Ref: 'Version' }, RetryPolicy: { MaximumRetryAttempts: 4 } }],
        },
      },
      Allowed: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: 'Version' },
          Principal: 'events.amazonaws.com',
          SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          DefinitionString: {
            'Fn::Join': ['', ['{"fn":"${Fn}","other":"${other}","table":"', { Ref: 'Table' }, '"}']],
          },
          DefinitionSubstitutions: { Fn: { Ref: 'Version' } },
        },
      },
      MachineVersion: {
        Type: 'AWS::StepFunctions::StateMachineVersion',
        Properties: {
          StateMachineArn: { Ref: 'Machine' },
          StateMachineRevisionId: { 'Fn::GetAtt': ['Machine', 'StateMachineRevisionId'] },
        },
      },
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
      Async: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0 },
      },
      Fn: fn,
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'may',
          PolicyDocument: { Statement: [{ Action: 'dynamodb:GetItem', Resource: { 'Fn::GetAtt': ['Table', 'Arn'] } }] },
          Roles: [{ Ref: 'Role' }],
        },
      },
      Further: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Description: '',
          Path: '/',
          PolicyDocument: { Statement: [{ Action: 'sns:Publish', Resource: '*' }] },
          Roles: [{ Ref: 'Role' }],
        },
      },
      Role: role,
      Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Retain' },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        },
      },
    },
    Outputs: { Table: { Value: { Ref: 'Table' } }, Hidden: { Value: 'x', Condition: 'Never' } },
  }
  const code = { abc: { 'index.mjs': 'export const handler = 1' } }

  test('is created in dependency order, with names as CloudFormation makes them', async () => {
    const { stack, made, order, directory } = await load(template, code)
    const table = stack.resources.Table
    expect(table).toMatch(/^Demo-Table-[A-Z0-9]{12}$/)
    expect(stack.outputs).toEqual({ Table: table })
    expect(stack.name).toBe('Demo')
    expect(order.indexOf('createTable')).toBeLessThan(order.indexOf('createFunction'))
    expect(order.indexOf('createFunction')).toBeLessThan(order.indexOf('publishVersion'))
    expect(made('createTable')).toMatchObject([[{ TableName: table, BillingMode: 'PAY_PER_REQUEST' }]])

    const [role] = stack.roles.values()
    const resource = `arn:aws:dynamodb:eu-west-1:111122223333:table/${table}`
    const inline = { Statement: [{ Action: 'dynamodb:GetItem', Resource: resource }] }
    expect(role?.policies).toEqual(expect.arrayContaining([inline]))
    expect(role?.attached).toEqual([{ Statement: [{ Action: 'sns:Publish', Resource: '*' }] }])
    const [[settings]] = made('createFunction') as [[{ code: string; accessKey: object }]]
    expect(settings).toMatchObject({ timeout: 30, roleArn: role?.arn, environment: { TABLE: table } })
    expect(readFileSync(join(settings.code, 'index.mjs'), 'utf8')).toBe('export const handler = 1')
    expect(settings.code).toBe(join(directory, 'asset.abc'))
    expect(made('addPrincipal')).toEqual([[settings.accessKey, role?.arn]])

    const version = functionArn(stack.resources.Fn ?? '', '1')
    const ruleArn = `arn:aws:events:eu-west-1:111122223333:rule/${stack.resources.Rule}`
    const targets = [{ id: 'Target0', arn: version, retryPolicy: { maximumRetryAttempts: 4 } }]
    expect(made('putRule')).toEqual([
      [{ name: stack.resources.Rule, pattern: { source: ['aws.ecr'] }, state: 'ENABLED', targets }],
    ])
    const permission = { action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com', sourceArn: ruleArn }
    expect(made('addPermission')).toEqual([[{ function: version, ...permission }]])
    expect(made('putEventInvokeConfig')).toEqual([[`${stack.resources.Fn}:$LATEST`, { maximumRetryAttempts: 0 }]])

    const definition = JSON.stringify({ fn: version, other: '${other}', table })
    expect(made('createStateMachine')).toMatchObject([[{ definition, roleArn: role?.arn }]])
    expect(made('publishMachine')).toEqual([[stack.resources.Machine]])
  })

  test('has the same names whenever it is loaded', async () => {
    const [first, second] = [await load(template, code), await load(template, code)]
    expect(second.stack.resources).toEqual(first.stack.resources)
  })

  test('that was synthesized for another account is refused', async () => {
    await expect(load(template, code, 'aws://999999999999/eu-west-1')).rejects.toThrow(
      'synthesized for aws://999999999999/eu-west-1',
    )
  })

  test('whose asset is missing is refused with the resource', async () => {
    await expect(load(template)).rejects.toThrow(
      'Fn (AWS::Lambda::Function): there is no asset abc.zip in the assembly',
    )
  })
})

describe('what is not part of the rehearsal', () => {
  const refusals: [string, object, string][] = [
    ['a resource type', { Bucket: { Type: 'AWS::S3::Bucket' } }, 'Bucket: resource type AWS::S3::Bucket is not part'],
    [
      'a property',
      { T: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: 'k' } } },
      'T (AWS::Logs::LogGroup): KmsKeyId is not part',
    ],
    [
      'a nested property',
      {
        R: {
          Type: 'AWS::Events::Rule',
          Properties: { EventPattern: {}, Targets: [{ Id: 'a', Arn: functionArn('f'), InputPath: '$' }] },
        },
      },
      'R (AWS::Events::Rule): Targets.0.InputPath is not part',
    ],
    [
      'a value',
      { R: { Type: 'AWS::Events::Rule', Properties: { EventPattern: {}, EventBusName: 'mine' } } },
      'R (AWS::Events::Rule): property EventBusName',
    ],
    [
      'an intrinsic',
      { L: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: { 'Fn::ImportValue': 'x' } } } },
      'L (AWS::Logs::LogGroup): Fn::ImportValue is not part',
    ],
  ]
  test.for(refusals)('is refused by name: %s', async ([, resources, message]) => {
    await expect(attempt(resources)).rejects.toThrow(message)
  })

  test('is refused before anything is created when it is a type', async () => {
    const { directory, remove } = writeAssembly({
      Resources: {
        Logs: { Type: 'AWS::Logs::LogGroup' },
        R: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
        Bucket: { Type: 'AWS::S3::Bucket' },
      },
    })
    cleanups.push(remove)
    const { services, calls } = recorder()
    await expect(loadAssembly(directory, services)).rejects.toThrow('AWS::S3::Bucket')
    expect(calls).toEqual([])
  })

  test('resources that wait for each other are refused with the circle', async () => {
    const group = (other: string) => ({ Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: { Ref: other } } })
    await expect(attempt({ A: group('B'), B: group('A') })).rejects.toThrow(
      'Circular dependency between resources: [A, B, A]',
    )
  })
})
