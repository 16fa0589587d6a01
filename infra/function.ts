import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  type CfnRole,
  ManagedPolicy,
  Policy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam'
import { Architecture, type CfnFunction, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Application } from '../domain/application.ts'
import type { Needs, Site, Statement } from '../functions/permissions.ts'
import { explainGrants } from './grants.ts'
import { inPolicies } from './policies.ts'
import { sizeOf } from './size.ts'
import { explainWildcards } from './wildcards.ts'

/** One file of `functions/` as a Lambda function, with a role of its own that holds what the file declares and nothing else. */
export class StepFunction extends Construct {
  readonly function: LambdaFunction
  readonly role: Role
  readonly #log: LogGroup
  #writesLetters: PolicyDocument | undefined

  /** `code`: the folder of its bundle. */
  constructor(scope: Construct, name: string, needs: Needs, code: string, table: string, applications: Application[]) {
    super(scope, name)
    const log = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.RETAIN })
    // No source condition: Lambda's documents know none for an execution role, and a role is passed within one account alone.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${name} may do`,
    })
    this.#log = log
    if (needs.applications) writeFileSync(join(code, 'applications.json'), JSON.stringify(applications))
    this.function = new LambdaFunction(this, 'Function', {
      description: `Sluice: ${name}`,
      code: Code.fromAsset(code),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(needs.timeoutSeconds),
      role: this.role,
      logGroup: log,
      // But not after a deployment that failed: its next try would publish nothing new, which CloudFormation takes for an error.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      environment: { TABLE: table },
    })
  }

  /**
   * What it is given asynchronously and fails at every try of ends in this queue; each version keeps that. The permission is
   * part of the role, since Lambda asks for it when it makes the function.
   */
  leaveLetters(queue: IQueue): void {
    const statement = new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] })
    this.#writesLetters = new PolicyDocument({ statements: [statement] })
    const role = this.role.node.defaultChild as CfnRole
    role.policies = [{ policyName: 'Letters', policyDocument: this.#writesLetters }]
    const resource = this.function.node.defaultChild as CfnFunction
    resource.deadLetterConfig = { targetArn: queue.queueArn }
  }

  /**
   * What can only be said once the machines have their names. The policies are resources of their own beside the role: some
   * permissions name a machine that itself names this function.
   */
  settle(needs: Needs, site: Site): void {
    const logs: Statement = {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${this.#log.logGroupArn}:*`],
      because: 'the streams of its own log group',
    }
    const statements = [logs, ...needs.permissions(site)]
    explainGrants(
      this.role,
      statements.map(statement => ({ conditions: {}, ...statement })),
    )
    const { unused = {}, seldom = {} } = needs
    explainGrants(this.role, [
      { actions: Object.keys(unused), unused },
      { actions: Object.keys(seldom), seldom },
    ])
    const used = this.#writesLetters ? sizeOf(this, this.#writesLetters) : 0
    inPolicies(this.node.id, statements, value => sizeOf(this, value), used).forEach((part, n) => {
      const props = { roles: [this.role], statements: part.map(asPolicyStatement) }
      const policy = n === 0 ? new Policy(this, 'Policy', props) : new ManagedPolicy(this, `FurtherPolicy${n}`, props)
      for (const { resources, because } of part) if (because) explainWildcards(policy, resources, because)
    })
    for (const [key, value] of Object.entries(needs.environment?.(site) ?? {})) this.function.addEnvironment(key, value)
  }

  /** ARN of the version that this synthesis makes; it stays, so that a running execution keeps its code. */
  get versionArn(): string {
    return this.function.currentVersion.functionArn
  }
}

const asPolicyStatement = ({ actions, resources, conditions }: Statement) =>
  new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) })

/** `RunSmokeTests` ↔ `run-smoke-tests`. */
export function fileOf(name: string): string {
  return name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()
}
