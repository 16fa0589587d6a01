import { isDeepStrictEqual } from 'node:util'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import { ACCOUNT, arn } from '../../aws/service.ts'
import { roleId } from '../../aws/sts.ts'
import { indifferent, type Lifecycle, type Making, type ResourceType, type Role, resource, text } from '../resource.ts'

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

const nothing = () => {}

/** What a policy says changes in place; its name does not. */
const POLICY: Lifecycle<{ PolicyDocument: unknown; Roles: string[] }> = {
  inPlace: ['PolicyDocument', 'Roles'],
  update({ PolicyDocument, Roles }, making, { properties, created }) {
    detach(properties, making)
    attach(PolicyDocument, { to: Roles, of: created.ref }, making)
    return created
  },
  remove: ({ properties }, making) => detach(properties, making),
}

/** What functions and state machines stand on: tables, roles, logs. */
export const FOUNDATIONS: Readonly<Record<string, ResourceType>> = {
  'AWS::CDK::Metadata': resource(z.looseObject({}), () => ({ ref: 'CDKMetadata', attributes: {} }), {
    ...{ inPlace: 'all', remove: nothing },
  }),

  'AWS::DynamoDB::Table': resource(
    table,
    async (properties, { name, services }) => {
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
    },
    { irreplaceable: 'what is written in it would stay behind' },
  ),

  'AWS::IAM::ManagedPolicy': resource(
    z.strictObject({
      ManagedPolicyName: text.optional(),
      PolicyDocument: z.unknown(),
      Roles: z.array(text).default([]),
      Path: z.literal('/').optional(),
      Description: indifferent,
    }),
    ({ ManagedPolicyName, PolicyDocument, Roles }, making) => {
      const policyName = making.name(ManagedPolicyName, 128)
      attach(PolicyDocument, { to: Roles, of: policyName }, making)
      const policyArn = `arn:aws:iam::${ACCOUNT}:policy/${policyName}`
      return { ref: policyArn, attributes: { PolicyArn: policyArn } }
    },
    POLICY,
  ),

  'AWS::IAM::Policy': resource(
    z.strictObject({ PolicyName: text, PolicyDocument: z.unknown(), Roles: z.array(text) }),
    ({ PolicyName, PolicyDocument, Roles }, making) => {
      attach(PolicyDocument, { to: Roles, of: PolicyName }, making)
      return { ref: PolicyName, attributes: {} }
    },
    POLICY,
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
    ({ RoleName, AssumeRolePolicyDocument, Policies, ManagedPolicyArns }, making) => {
      const roleName = making.name(RoleName, 64)
      const roleArn = `arn:aws:iam::${ACCOUNT}:role/${roleName}`
      const policies = Policies.map(one => one.PolicyDocument)
      const documents = { trust: AssumeRolePolicyDocument, policies, managedPolicyArns: ManagedPolicyArns }
      put({ arn: roleArn, name: roleName, ...documents }, making)
      return { ref: roleName, attributes: { Arn: roleArn, RoleId: roleId(roleArn) } }
    },
    {
      inPlace: ['AssumeRolePolicyDocument', 'Policies', 'ManagedPolicyArns'],
      update({ AssumeRolePolicyDocument, Policies, ManagedPolicyArns }, making, { properties, created }) {
        const role = making.roles.get(created.attributes.Arn ?? '')
        if (!role) throw new Error(`there is no role ${created.ref}`)
        const attached = without(role.policies, properties.Policies)
        const policies = [...attached, ...Policies.map(({ PolicyDocument }) => PolicyDocument)]
        put({ ...role, policies, trust: AssumeRolePolicyDocument, managedPolicyArns: ManagedPolicyArns }, making)
        return created
      },
    },
  ),

  'AWS::Logs::LogGroup': resource(
    z.strictObject({ LogGroupName: text.optional(), RetentionInDays: indifferent, Tags: indifferent }),
    ({ LogGroupName }, { name }) => {
      const group = name(LogGroupName, 512)
      return { ref: group, attributes: { Arn: arn('logs', `log-group:${group}:*`) } }
    },
    { remove: nothing },
  ),
}

/** The role as it is from now on. */
function put(role: Role, { roles, services }: Making): void {
  roles.set(role.arn, role)
  services.iam.putRole(role)
}

function attach(document: unknown, { to, of }: { to: string[]; of: string }, making: Making): void {
  for (const name of to) {
    const role = [...making.roles.values()].find(one => one.name === name)
    if (!role) throw new Error(`policy ${of}: there is no role ${name}`)
    put({ ...role, policies: [...role.policies, document] }, making)
  }
}

function detach(given: { PolicyDocument: unknown; Roles: string[] }, making: Making): void {
  for (const role of [...making.roles.values()].filter(({ name }) => given.Roles.includes(name)))
    put({ ...role, policies: without(role.policies, [given]) }, making)
}

function without(documents: readonly unknown[], given: readonly { PolicyDocument: unknown }[]): unknown[] {
  return documents.filter(one => !given.some(({ PolicyDocument }) => isDeepStrictEqual(PolicyDocument, one)))
}
