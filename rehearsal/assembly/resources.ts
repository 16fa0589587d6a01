import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import type { Events } from '../aws/events.ts'
import type { AccessKey } from '../aws/lambda/functions.ts'
import type { Lambda } from '../aws/lambda/lambda.ts'
import { ACCOUNT, arn } from '../aws/service.ts'
import type { Created } from './intrinsics.ts'
import { tail } from './names.ts'

/** Where the resources of a stack are created. */
export interface Services {
  lambda: Pick<Lambda, 'createFunction' | 'publishVersion' | 'addPermission' | 'putEventInvokeConfig'>
  dynamodb: { createTable(input: CreateTableCommandInput): Promise<void> }
  states: {
    createStateMachine(machine: { name: string; definition: string; roleArn: string }): { stateMachineArn: string }
    publishVersion(stateMachineArn: string): string
  }
  events: Pick<Events, 'putRule'>
  /** Makes the key known: whoever signs with it is `principal`. */
  addPrincipal(key: AccessKey, principal: string): void
}

export interface Role {
  arn: string
  name: string
  trust: unknown
  /** Policy documents, inline and attached. */
  policies: unknown[]
  managedPolicyArns: string[]
}

/** What a resource is made of, beside its properties. */
export interface Making {
  services: Services
  roles: Map<string, Role>
  stackName: string
  /** The given physical name, or one as CloudFormation makes it. */
  name(given: string | undefined, longest: number): string
  /** The file or folder of an asset. */
  asset(objectKey: string): string
}

export interface ResourceType {
  /** Creates the resource; throws when a property is not known here. */
  create(properties: Record<string, unknown>, making: Making): Promise<Created>
}

function resource<S extends z.ZodType>(
  schema: S,
  create: (properties: z.output<S>, making: Making) => Created | Promise<Created>,
): ResourceType {
  return { create: async (properties, making) => create(schema.parse(properties), making) }
}

const text = z.string()
const whole = z.coerce.number().int()
/** Makes no difference in a rehearsal. */
const indifferent = z.unknown().optional()

const table = z.strictObject({
  TableName: text.optional(),
  KeySchema: z.custom<CreateTableCommandInput['KeySchema']>(Array.isArray),
  AttributeDefinitions: z.custom<CreateTableCommandInput['AttributeDefinitions']>(Array.isArray),
  BillingMode: z.enum(['PAY_PER_REQUEST', 'PROVISIONED']).default('PROVISIONED'),
  ProvisionedThroughput: z.custom<NonNullable<CreateTableCommandInput['ProvisionedThroughput']>>().optional(),
  GlobalSecondaryIndexes: z.custom<NonNullable<CreateTableCommandInput['GlobalSecondaryIndexes']>>().optional(),
  LocalSecondaryIndexes: z.custom<NonNullable<CreateTableCommandInput['LocalSecondaryIndexes']>>().optional(),
  DeletionProtectionEnabled: indifferent,
  PointInTimeRecoverySpecification: indifferent,
  SSESpecification: indifferent,
  TableClass: indifferent,
  Tags: indifferent,
  // AWS deletes what has expired within days, not at once: whoever reads must expect to see it.
  TimeToLiveSpecification: indifferent,
})

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
  PackageType: z.literal('Zip').optional(),
  Architectures: indifferent,
  Description: indifferent,
  EphemeralStorage: indifferent,
  Tags: indifferent,
  TracingConfig: indifferent,
})

const rule = z.strictObject({
  Name: text.optional(),
  Description: indifferent,
  EventBusName: z.literal('default').optional(),
  EventPattern: z.record(text, z.unknown()),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z
    .array(
      z.strictObject({
        Id: text,
        // Only functions hear events here.
        Arn: text.startsWith('arn:aws:lambda:'),
        Input: text.optional(),
        RetryPolicy: z
          .strictObject({ MaximumRetryAttempts: whole, MaximumEventAgeInSeconds: whole })
          .partial()
          .optional(),
        DeadLetterConfig: z.strictObject({ Arn: text }).optional(),
      }),
    )
    .default([]),
})

const stateMachine = z.strictObject({
  StateMachineName: text.optional(),
  StateMachineType: z.literal('STANDARD').optional(),
  RoleArn: text,
  DefinitionString: text.optional(),
  DefinitionS3Location: z.strictObject({ Bucket: text, Key: text }).optional(),
  DefinitionSubstitutions: z.record(text, z.coerce.string()).default({}),
  EncryptionConfiguration: indifferent,
  LoggingConfiguration: indifferent,
  TracingConfiguration: indifferent,
  Tags: indifferent,
})

/** Resource type → how it is created. A type that is not here is refused by name. */
export const RESOURCES: Readonly<Record<string, ResourceType>> = {
  'AWS::CDK::Metadata': { create: async () => ({ ref: 'CDKMetadata', attributes: {} }) },

  'AWS::DynamoDB::Table': resource(table, async (properties, { name, services }) => {
    const TableName = name(properties.TableName, 255)
    const { ProvisionedThroughput, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties
    await services.dynamodb.createTable({
      TableName,
      KeySchema: properties.KeySchema,
      AttributeDefinitions: properties.AttributeDefinitions,
      BillingMode: properties.BillingMode,
      ...(ProvisionedThroughput && { ProvisionedThroughput }),
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
      ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
    })
    return { ref: TableName, attributes: { Arn: arn('dynamodb', `table/${TableName}`) } }
  }),

  'AWS::Events::Rule': resource(rule, (properties, { name, services }) => {
    const ruleName = name(properties.Name, 64)
    services.events.putRule({
      name: ruleName,
      pattern: properties.EventPattern,
      state: properties.State,
      targets: properties.Targets.map(({ Id, Arn, Input, RetryPolicy, DeadLetterConfig }) => ({
        id: Id,
        arn: Arn,
        ...(Input !== undefined && { input: Input }),
        ...(RetryPolicy && { retryPolicy: retryPolicy(RetryPolicy) }),
        ...(DeadLetterConfig && { deadLetterArn: DeadLetterConfig.Arn }),
      })),
    })
    return { ref: ruleName, attributes: { Arn: arn('events', `rule/${ruleName}`) } }
  }),

  'AWS::IAM::Policy': resource(
    z.strictObject({ PolicyName: text, PolicyDocument: z.unknown(), Roles: z.array(text) }),
    ({ PolicyName, PolicyDocument, Roles }, { roles }) => {
      for (const name of Roles) {
        const role = [...roles.values()].find(one => one.name === name)
        if (!role) throw new Error(`policy ${PolicyName}: there is no role ${name}`)
        role.policies.push(PolicyDocument)
      }
      return { ref: PolicyName, attributes: {} }
    },
  ),

  'AWS::IAM::Role': resource(
    z.strictObject({
      RoleName: text.optional(),
      AssumeRolePolicyDocument: z.unknown(),
      Policies: z.array(z.strictObject({ PolicyName: text, PolicyDocument: z.unknown() })).default([]),
      ManagedPolicyArns: z.array(text).default([]),
      MaxSessionDuration: indifferent,
      Description: indifferent,
      Tags: indifferent,
    }),
    ({ RoleName, AssumeRolePolicyDocument, Policies, ManagedPolicyArns }, { name, roles }) => {
      const roleName = name(RoleName, 64)
      const roleArn = `arn:aws:iam::${ACCOUNT}:role/${roleName}`
      const policies = Policies.map(one => one.PolicyDocument)
      const role = { trust: AssumeRolePolicyDocument, policies, managedPolicyArns: ManagedPolicyArns }
      roles.set(roleArn, { arn: roleArn, name: roleName, ...role })
      return { ref: roleName, attributes: { Arn: roleArn, RoleId: `AROA${tail(roleArn, 17)}` } }
    },
  ),

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
  ),

  'AWS::Lambda::Function': resource(lambdaFunction, (properties, { asset, name, services, stackName }) => {
    const functionName = name(properties.FunctionName, 64)
    const { Timeout, MemorySize, Environment, LoggingConfig, Role: roleArn } = properties
    const seed = `${stackName}/${functionName}`
    const accessKey = { accessKeyId: `AKIA${tail(seed, 16)}`, secretAccessKey: tail(`${seed}/secret`, 40) }
    services.addPrincipal(accessKey, roleArn)
    const { functionArn } = services.lambda.createFunction({
      name: functionName,
      code: asset(properties.Code.S3Key),
      handler: properties.Handler,
      runtime: properties.Runtime,
      roleArn,
      accessKey,
      ...(Timeout !== undefined && { timeout: Timeout }),
      ...(MemorySize !== undefined && { memorySize: MemorySize }),
      ...(Environment && { environment: Environment.Variables }),
      ...(LoggingConfig?.LogGroup && { logGroup: LoggingConfig.LogGroup }),
    })
    return { ref: functionName, attributes: { Arn: functionArn } }
  }),

  'AWS::Lambda::Permission': resource(
    z.strictObject({
      Action: text,
      FunctionName: text,
      Principal: text,
      SourceArn: text.optional(),
      SourceAccount: text.optional(),
    }),
    ({ Action, FunctionName, Principal, SourceArn, SourceAccount }, { services }) => {
      services.lambda.addPermission({
        function: FunctionName,
        action: Action,
        principal: Principal,
        ...(SourceArn && { sourceArn: SourceArn }),
        ...(SourceAccount && { sourceAccount: SourceAccount }),
      })
      return { ref: tail(`${FunctionName}/${Principal}/${SourceArn}`, 12), attributes: {} }
    },
  ),

  'AWS::Lambda::Version': resource(
    z.strictObject({ FunctionName: text, Description: indifferent }),
    ({ FunctionName }, { services }) => {
      const versionArn = services.lambda.publishVersion(FunctionName)
      const version = versionArn.split(':').at(-1) ?? ''
      return { ref: versionArn, attributes: { FunctionArn: versionArn, Version: version } }
    },
  ),

  'AWS::Logs::LogGroup': resource(
    z.strictObject({ LogGroupName: text.optional(), RetentionInDays: indifferent, Tags: indifferent }),
    ({ LogGroupName }, { name }) => {
      const group = name(LogGroupName, 512)
      return { ref: group, attributes: { Arn: arn('logs', `log-group:${group}:*`) } }
    },
  ),

  'AWS::StepFunctions::StateMachine': resource(stateMachine, (properties, { asset, name, services }) => {
    const { DefinitionString, DefinitionS3Location, DefinitionSubstitutions, RoleArn } = properties
    const machineName = name(properties.StateMachineName, 80)
    const source = DefinitionS3Location ? readFileSync(asset(DefinitionS3Location.Key), 'utf8') : DefinitionString
    if (source === undefined) throw new Error('a state machine without DefinitionString or DefinitionS3Location')
    const definition = source.replaceAll(
      /\$\{([A-Za-z0-9_]+)\}/g,
      (whole, key: string) => DefinitionSubstitutions[key] ?? whole,
    )
    const { stateMachineArn } = services.states.createStateMachine({ name: machineName, definition, roleArn: RoleArn })
    const revision = createHash('sha256').update(definition).update(RoleArn).digest('hex').slice(0, 32)
    const attributes = { Arn: stateMachineArn, Name: machineName, StateMachineRevisionId: revision }
    return { ref: stateMachineArn, attributes }
  }),

  'AWS::StepFunctions::StateMachineVersion': resource(
    z.strictObject({ StateMachineArn: text.optional(), StateMachineRevisionId: text, Description: indifferent }),
    ({ StateMachineArn }, { services }) => {
      if (StateMachineArn === undefined)
        throw new Error('a version without StateMachineArn is not part of this rehearsal')
      const versionArn = services.states.publishVersion(StateMachineArn)
      return { ref: versionArn, attributes: { Arn: versionArn } }
    },
  ),
}

function retryPolicy(given: {
  MaximumRetryAttempts?: number | undefined
  MaximumEventAgeInSeconds?: number | undefined
}) {
  return {
    ...(given.MaximumRetryAttempts !== undefined && { maximumRetryAttempts: given.MaximumRetryAttempts }),
    ...(given.MaximumEventAgeInSeconds !== undefined && { maximumEventAgeInSeconds: given.MaximumEventAgeInSeconds }),
  }
}
