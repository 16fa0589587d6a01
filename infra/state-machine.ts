import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ArnFormat, Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import {
  type CfnStateMachine,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { parse } from 'yaml'
import { explainGrants } from './grants.ts'
import { explainWildcards } from './wildcards.ts'

export interface VersionedStateMachineProps {
  /** File in `statemachines/`. */
  definition: string
  /** Placeholder in the definition → ARN. */
  substitutions: Record<string, string>
  calls: IFunction[]
}

const DELIVERY = 'AWS knows no resource for the delivery of logs and of traces'

/** What CDK grants a machine that logs. */
const LOGS = [
  ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
  ...['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'],
].map(action => `logs:${action}`)

/** What CDK grants a machine that is traced. */
const TRACES = Object.fromEntries(
  ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'].map(action => [
    `xray:${action}`,
    'no rehearsal sends traces: https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html',
  ]),
)

/** A state machine from its YAML, and a version of it that stays for as long as executions may run under it. */
export class VersionedStateMachine extends Construct {
  readonly machine: StateMachine
  /** ARN of the version that this synthesis makes. */
  readonly versionArn: string

  constructor(scope: Construct, id: string, props: VersionedStateMachineProps) {
    super(scope, id)
    const definition = definitionJson(props.definition)
    const role = new Role(this, 'Role', { assumedBy: ofStateMachines(Stack.of(this)) })
    this.machine = new StateMachine(this, 'Machine', {
      role,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: props.substitutions,
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: RetentionDays.ONE_YEAR,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
        level: LogLevel.ALL,
        // Task tokens and inputs stay out of the log.
        includeExecutionData: false,
      },
      tracingEnabled: true,
    })
    const versions = props.calls.map(called => `${called.functionArn}:*`)
    this.allow(['lambda:InvokeFunction'], versions, 'each execution calls the versions that its definition names')
    explainWildcards(this.machine.role, ['*'], DELIVERY)
    explainGrants(this.machine.role, [
      { actions: [...LOGS, ...Object.keys(TRACES)], because: DELIVERY, unused: TRACES },
    ])

    const resource = this.machine.node.defaultChild as CfnStateMachine
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.machine.stateMachineArn,
      stateMachineRevisionId: resource.attrStateMachineRevisionId,
    })
    version.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    // A version is made once per logical id: the id must change whenever the definition or a function version does.
    const base = Names.uniqueResourceName(version, { maxLength: 80 })
    version.overrideLogicalId(
      Lazy.uncachedString({
        produce: () => {
          const stack = Stack.of(this)
          const content = JSON.stringify([definition, stack.resolve(props.substitutions)])
          return `${base}${createHash('sha256').update(content).digest('hex').slice(0, 16)}`
        },
      }),
    )
    this.versionArn = version.ref
  }

  /** `unused`: action → why it stays although no rehearsal uses it. */
  allow(actions: string[], resources: string[], because: string, unused: Record<string, string> = {}): void {
    this.machine.addToRolePolicy(new PolicyStatement({ actions, resources }))
    explainWildcards(this.machine.role, resources, because)
    explainGrants(this.machine.role, [{ actions, because, unused }])
  }
}

/** Step Functions for this account's machines alone. Its own machine cannot be named by the role that it waits for. */
function ofStateMachines(stack: Stack): ServicePrincipal {
  const machines = stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
  return new ServicePrincipal('states.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': machines } },
  })
}

/** The definition as Step Functions takes it: comments of the YAML gone, anchors and merges resolved. */
export function definitionJson(file: string): string {
  const text = readFileSync(join(import.meta.dirname, '../statemachines', file), 'utf8')
  return JSON.stringify(parse(text, { merge: true }))
}
