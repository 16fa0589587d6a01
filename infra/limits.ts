import { CfnElement, Stack } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { sizeOf } from './size.ts'

interface Resource {
  Type: string
  Properties: Record<string, unknown>
}

/** A template as far as its size is asked for. */
export interface Template {
  Resources: Record<string, Resource>
  Outputs: Record<string, unknown>
}

/** How much there is of something, and how much of it AWS takes. */
interface Measure {
  what: string
  size: number
  unit: string
  most: number
  whose: string
}

/** What a person does about any of it. */
export const FEWER =
  'have fewer applications, stages, services, alarms or approvers in this installation, and the others in one of their own, deployed with `npx cdk deploy NAME -c stack=NAME -c apps=apps/<name>.yaml`'

/** Sentences on what is more than AWS takes; a deployment would find it out half-way. */
export function exceeded(scope: IConstruct): string[] {
  const stack = Stack.of(scope)
  const template: Template = { Resources: {}, Outputs: {} }
  for (const element of stack.node.findAll().filter(CfnElement.isCfnElement)) {
    const { Resources, Outputs } = stack.resolve(element._toCloudFormation()) as Partial<Template>
    Object.assign(template.Resources, Resources)
    Object.assign(template.Outputs, Outputs)
  }
  return tooLarge(template, value => sizeOf(stack, value))
}

/** `sizeOf`: the characters of a value as JSON once CloudFormation has answered what is in it. */
export function tooLarge(template: Template, sizeOf: (value: unknown) => number): string[] {
  return measured(template, sizeOf)
    .filter(({ size, most }) => size > most)
    .map(({ what, size, unit, most, whose }) => {
      const [counted, taken] = [size, most].map(count => count.toLocaleString('en'))
      return `${what}: ${counted} ${unit}, and ${whose} takes ${taken}; ${FEWER}`
    })
}

function measured(template: Template, sizeOf: (value: unknown) => number): Measure[] {
  const resources = Object.entries(template.Resources).map(([id, resource]) => ({ id, ...resource }))
  const of = (type: string) => resources.filter(({ Type }) => Type === type)
  const [functions, rules] = [of('AWS::Lambda::Function'), of('AWS::Events::Rule')]
  const permissions = byTarget(of('AWS::Lambda::Permission'), 'FunctionName')
  const filtered = of('AWS::SNS::Subscription').filter(({ Properties }) => Properties.FilterPolicy !== undefined)
  return [
    { what: 'the stack', size: resources.length, unit: 'resources', most: 500, whose: 'CloudFormation' },
    {
      what: 'the stack',
      size: Object.keys(template.Outputs).length,
      ...{ unit: 'outputs', most: 200, whose: 'CloudFormation' },
    },
    // As it is sent, with the definitions of the machines in it. CloudFormation says 1 MB: this is less, however it is meant.
    {
      what: 'the template',
      size: Buffer.byteLength(JSON.stringify(template)),
      ...{ unit: 'bytes', most: 1_000_000, whose: 'CloudFormation' },
    },
    { what: 'the stack', size: rules.length, unit: 'rules', most: 300, whose: 'an event bus' },
    ...rules.flatMap(({ id, Properties: { Targets = [], EventPattern = {} } }) => [
      { what: `rule ${id}`, size: (Targets as unknown[]).length, unit: 'targets', most: 5, whose: 'EventBridge' },
      {
        what: `the pattern of ${id}`,
        size: sizeOf(EventPattern),
        unit: 'characters',
        most: 2_048,
        whose: 'EventBridge',
      },
    ]),
    ...functions.map(({ id, Properties: { Environment } }) => ({
      what: `the environment of ${id}`,
      size: sizeOf((Environment as { Variables?: unknown } | undefined)?.Variables ?? {}),
      ...{ unit: 'bytes', most: 4_096, whose: 'Lambda' },
    })),
    ...[...permissions].map(([id, given]) => ({
      what: `the policy of ${id}, with a permission for each of its rules`,
      size: given.reduce((sum, { Properties }) => sum + sizeOf(asWritten(Properties)), 0),
      ...{ unit: 'bytes', most: 20_480, whose: 'Lambda' },
    })),
    ...[...byTarget(filtered, 'TopicArn')].map(([id, subscriptions]) => ({
      what: `topic ${id}, with a subscription for each e-mail address`,
      size: subscriptions.length,
      ...{ unit: 'filter policies', most: 200, whose: 'SNS' },
    })),
  ]
}

/** The resources by the logical id of what this property of theirs names. */
function byTarget(resources: Resource[], property: string): Map<string, Resource[]> {
  return Map.groupBy(resources, ({ Properties }) => {
    const { Ref, 'Fn::GetAtt': attribute } = Properties[property] as { Ref?: string; 'Fn::GetAtt'?: string[] }
    return Ref ?? attribute?.[0] ?? JSON.stringify(Properties[property])
  })
}

/** The statement that Lambda makes of a permission. */
function asWritten({ Action, FunctionName, Principal, SourceArn }: Record<string, unknown>) {
  return {
    Sid: 'x'.repeat(100),
    Effect: 'Allow',
    Principal: { Service: Principal },
    Action,
    Resource: FunctionName,
    Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
  }
}
