import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { arn } from '../../aws/service.ts'
import { indifferent, type ResourceType, resource, text, whole } from '../resource.ts'
import { retryPolicy } from './retry-policy.ts'

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

/** State machines, and the rules by which events reach functions. */
export const WORKFLOWS: Readonly<Record<string, ResourceType>> = {
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
