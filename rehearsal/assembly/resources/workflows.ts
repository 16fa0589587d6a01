import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Rule } from '../../aws/events.ts'
import { arn } from '../../aws/service.ts'
import { indifferent, type Making, type ResourceType, resource, text, whole } from '../resource.ts'
import { retryPolicy } from './retry-policy.ts'

const rule = z.strictObject({
  Name: text.optional(),
  Description: indifferent,
  EventBusName: z.literal('default').optional(),
  EventPattern: z.record(text, z.unknown()).optional(),
  ScheduleExpression: text.optional(),
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
  'AWS::Events::Rule': resource(
    rule,
    ({ Name, ...properties }, { name, services }) => {
      const ruleName = name(Name, 64)
      services.events.putRule(ruleOf(ruleName, properties))
      return { ref: ruleName, attributes: { Arn: arn('events', `rule/${ruleName}`) } }
    },
    {
      inPlace: ['EventPattern', 'ScheduleExpression', 'State', 'Targets'],
      remove: ({ created }, { services }) => services.events.deleteRule(created.ref),
    },
  ),

  'AWS::StepFunctions::StateMachine': resource(
    stateMachine,
    (properties, making) => {
      const name = making.name(properties.StateMachineName, 80)
      return revised(making.services.states.createStateMachine({ name, ...machineOf(properties, making) }), name)
    },
    {
      inPlace: ['RoleArn', 'DefinitionString', 'DefinitionS3Location', 'DefinitionSubstitutions'],
      update(properties, making, { created }) {
        const revision = making.services.states.updateStateMachine(created.ref, machineOf(properties, making))
        return revised(revision, created.attributes.Name ?? '')
      },
    },
  ),

  'AWS::StepFunctions::StateMachineVersion': resource(
    z.strictObject({ StateMachineArn: text.optional(), StateMachineRevisionId: text, Description: indifferent }),
    ({ StateMachineArn }, { services }) => {
      if (StateMachineArn === undefined)
        throw new Error('a version without StateMachineArn is not part of this rehearsal')
      const versionArn = services.states.publishVersion(StateMachineArn)
      return { ref: versionArn, attributes: { Arn: versionArn } }
    },
    { isReplaced: true, remove: ({ created }, { services }) => services.states.deleteVersion(created.ref) },
  ),
}

function ruleOf(name: string, properties: Omit<z.output<typeof rule>, 'Name'>): Rule {
  const { EventPattern, ScheduleExpression, State, Targets } = properties
  return {
    name,
    ...(EventPattern && { pattern: EventPattern }),
    ...(ScheduleExpression !== undefined && { schedule: ScheduleExpression }),
    state: State,
    targets: Targets.map(({ Id, Arn, Input, RetryPolicy, DeadLetterConfig }) => ({
      id: Id,
      arn: Arn,
      ...(Input !== undefined && { input: Input }),
      ...(RetryPolicy && { retryPolicy: retryPolicy(RetryPolicy) }),
      ...(DeadLetterConfig && { deadLetterArn: DeadLetterConfig.Arn }),
    })),
  }
}

function machineOf(properties: z.output<typeof stateMachine>, making: Making) {
  const { RoleArn: roleArn, LoggingConfiguration } = properties
  return { definition: definitionOf(properties, making), roleArn, isLogged: LoggingConfiguration !== undefined }
}

function definitionOf(properties: z.output<typeof stateMachine>, { asset }: Making): string {
  const { DefinitionString, DefinitionS3Location, DefinitionSubstitutions } = properties
  const source = DefinitionS3Location ? readFileSync(asset(DefinitionS3Location.Key), 'utf8') : DefinitionString
  if (source === undefined) throw new Error('a state machine without DefinitionString or DefinitionS3Location')
  return source.replaceAll(/\$\{([A-Za-z0-9_]+)\}/g, (whole, key: string) => DefinitionSubstitutions[key] ?? whole)
}

const revised = ({ stateMachineArn, revisionId }: { stateMachineArn: string; revisionId: string }, name: string) => ({
  ref: stateMachineArn,
  attributes: { Arn: stateMachineArn, Name: name, StateMachineRevisionId: revisionId },
})
