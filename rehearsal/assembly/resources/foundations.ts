import { isDeepStrictEqual } from 'node:util'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import { demandRoom } from '../../aws/iam/quotas.ts'
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

interface PolicyProperties {
  PolicyDocument: unknown
  Roles: string[]
}

/** Where a role keeps a policy. */
type Kept = 'policies' | 'attached'

/** What a policy says changes in place; its name does not. */
const policyIn = (kept: Kept): Lifecycle<PolicyProperties> => ({
  inPlace: ['PolicyDocument', 'Roles'],
  update(properties, making, before) {
    detach(before.properties, kept, making)
    attach(properties, { kept, name: before.created.ref }, making)
    return before.created
  },
  remove: ({ properties }, making) => detach(properties, kept, making),
})

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
    ({ ManagedPolicyName, ...policy }, making) => {
      const policyName = making.name(ManagedPolicyName, 128)
      attach(policy, { kept: 'attached', name: policyName }, making)
      const policyArn = `arn:aws:iam::${ACCOUNT}:policy/${policyName}`
      return { ref: policyArn, attributes: { PolicyArn: policyArn } }
    },
    policyIn('attached'),
  ),

  'AWS::IAM::Policy': resource(
    z.strictObject({ PolicyName: text, PolicyDocument: z.unknown(), Roles: z.array(text) }),
    ({ PolicyName, ...policy }, making) => {
      attach(policy, { kept: 'policies', name: PolicyName }, making)
      return { ref: PolicyName, attributes: {} }
    },
    policyIn('policies'),
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
      const documents = {
        trust: AssumeRolePolicyDocument,
        policies,
        attached: [],
        managedPolicyArns: ManagedPolicyArns,
      }
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
  const { policies, attached, ...same } = role
  demandRoom({ ...same, inline: policies, managed: attached })
  roles.set(role.arn, role)
  services.iam.putRole({ ...same, policies: [...policies, ...attached] })
}

function attach(
  { PolicyDocument, Roles }: PolicyProperties,
  { kept, name }: { kept: Kept; name: string },
  making: Making,
): void {
  for (const roleName of Roles) {
    const role = [...making.roles.values()].find(one => one.name === roleName)
    if (!role) throw new Error(`policy ${name}: there is no role ${roleName}`)
    put({ ...role, [kept]: [...role[kept], PolicyDocument] }, making)
  }
}

function detach(given: PolicyProperties, kept: Kept, making: Making): void {
  for (const role of [...making.roles.values()].filter(({ name }) => given.Roles.includes(name)))
    put({ ...role, [kept]: without(role[kept], [given]) }, making)
}

function without(documents: readonly unknown[], given: readonly { PolicyDocument: unknown }[]): unknown[] {
  return documents.filter(one => !given.some(({ PolicyDocument }) => isDeepStrictEqual(PolicyDocument, one)))
}
