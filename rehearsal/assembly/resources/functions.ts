import { z } from 'zod'
import type { FunctionSettings } from '../../aws/lambda/functions.ts'
import { tail } from '../../aws/letters.ts'
import { arn } from '../../aws/service.ts'
import { indifferent, type Making, type ResourceType, resource, text, whole } from '../resource.ts'
import { retryPolicy } from './retry-policy.ts'

const lambdaFunction = z.strictObject({
  FunctionName: text.optional(),
  Code: z.strictObject({ S3Bucket: text, S3Key: text }),
  Handler: text,
  Runtime: text,
  Role: text,
  Timeout: whole.optional(),
  MemorySize: whole.optional(),
  Environment: z.strictObject({ Variables: z.record(text, z.coerce.string()).default({}) }).optional(),
  LoggingConfig: z.strictObject({ LogGroup: text.optional(), LogFormat: z.literal('Text').optional() }).optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: text.startsWith('arn:aws:sqs:') }).optional(),
  PackageType: z.literal('Zip').optional(),
  Architectures: indifferent,
  Description: indifferent,
  EphemeralStorage: indifferent,
  Tags: indifferent,
  TracingConfig: indifferent,
})

const eventSource = z.strictObject({
  // Only queues are read.
  EventSourceArn: text.startsWith('arn:aws:sqs:'),
  FunctionName: text,
  BatchSize: whole.optional(),
  MaximumBatchingWindowInSeconds: z.literal(0).optional(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  // There are never more than two at once.
  ScalingConfig: z.strictObject({ MaximumConcurrency: whole.min(2) }).optional(),
  Enabled: z.literal(true).optional(),
  Tags: indifferent,
})

const permission = z.strictObject({
  Action: text,
  FunctionName: text,
  Principal: text,
  SourceArn: text.optional(),
  SourceAccount: text.optional(),
})

/** Lambda. */
export const FUNCTIONS: Readonly<Record<string, ResourceType>> = {
  'AWS::Lambda::EventInvokeConfig': resource(
    z.strictObject({
      FunctionName: text,
      Qualifier: text,
      MaximumRetryAttempts: whole.min(0).max(2).optional(),
      MaximumEventAgeInSeconds: whole.min(60).max(21_600).optional(),
    }),
    (properties, { services }) => {
      const { FunctionName, Qualifier, ...config } = properties
      services.lambda.putEventInvokeConfig(`${FunctionName}:${Qualifier}`, retryPolicy(config))
      return { ref: `${FunctionName}|${Qualifier}`, attributes: {} }
    },
    { inPlace: ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds'] },
  ),

  'AWS::Lambda::EventSourceMapping': resource(eventSource, (properties, { services }) => {
    const { EventSourceArn, FunctionName, BatchSize, FunctionResponseTypes } = properties
    services.eventSources.create({
      queueArn: EventSourceArn,
      functionName: FunctionName,
      ...(BatchSize !== undefined && { batchSize: BatchSize }),
      reportsFailures: FunctionResponseTypes.length > 0,
    })
    const id = tail(`${EventSourceArn}/${FunctionName}`, 32).toLowerCase()
    return { ref: id, attributes: { Id: id, EventSourceMappingArn: arn('lambda', `event-source-mapping:${id}`) } }
  }),

  'AWS::Lambda::Function': resource(
    lambdaFunction,
    (properties, making) => {
      const functionName = making.name(properties.FunctionName, 64)
      const { functionArn } = making.services.lambda.createFunction(settingsOf(functionName, properties, making))
      return { ref: functionName, attributes: { Arn: functionArn } }
    },
    {
      inPlace: ['Code', 'Handler', 'Role', 'Timeout', 'MemorySize', 'Environment', 'LoggingConfig', 'DeadLetterConfig'],
      update(properties, making, { created }) {
        making.services.lambda.updateFunction(settingsOf(created.ref, properties, making))
        return created
      },
      remove: ({ created }, { services }) => services.lambda.deleteFunction(created.ref),
    },
  ),

  'AWS::Lambda::Permission': resource(
    permission,
    (properties, { services }) => {
      const { FunctionName, Principal, SourceArn } = properties
      services.lambda.addPermission(permissionOf(properties))
      return { ref: tail(`${FunctionName}/${Principal}/${SourceArn}`, 12), attributes: {} }
    },
    {
      isReplaced: true,
      remove: ({ properties }, { services }) => services.lambda.removePermission(permissionOf(properties)),
    },
  ),

  'AWS::Lambda::Version': resource(
    z.strictObject({ FunctionName: text, Description: indifferent }),
    ({ FunctionName }, { services }) => {
      // Lambda would answer with the last version; CloudFormation takes that for somebody else's, and fails.
      if (!services.lambda.isChanged(FunctionName))
        throw new Error('A version for this Lambda function exists. Modify the function to create a new version.')
      const versionArn = services.lambda.publishVersion(FunctionName)
      const version = versionArn.split(':').at(-1) ?? ''
      return { ref: versionArn, attributes: { FunctionArn: versionArn, Version: version } }
    },
    { remove: ({ created }, { services }) => services.lambda.deleteVersion(created.ref) },
  ),
}

/** With a role goes a key: a version that is published keeps the one of its time. */
function settingsOf(
  functionName: string,
  properties: z.output<typeof lambdaFunction>,
  making: Making,
): FunctionSettings {
  const { Timeout, MemorySize, Environment, LoggingConfig, DeadLetterConfig, Role: roleArn } = properties
  const seed = `${making.stackName}/${functionName}/${roleArn}`
  const accessKey = { accessKeyId: `AKIA${tail(seed, 16)}`, secretAccessKey: tail(`${seed}/secret`, 40) }
  making.services.addPrincipal(accessKey, roleArn)
  return {
    name: functionName,
    code: making.asset(properties.Code.S3Key),
    handler: properties.Handler,
    runtime: properties.Runtime,
    roleArn,
    accessKey,
    ...(Timeout !== undefined && { timeout: Timeout }),
    ...(MemorySize !== undefined && { memorySize: MemorySize }),
    ...(Environment && { environment: Environment.Variables }),
    ...(LoggingConfig?.LogGroup && { logGroup: LoggingConfig.LogGroup }),
    ...(DeadLetterConfig && { deadLetterArn: DeadLetterConfig.TargetArn }),
  }
}

function permissionOf({ Action, FunctionName, Principal, SourceArn, SourceAccount }: z.output<typeof permission>) {
  return {
    function: FunctionName,
    action: Action,
    principal: Principal,
    ...(SourceArn && { sourceArn: SourceArn }),
    ...(SourceAccount && { sourceAccount: SourceAccount }),
  }
}
