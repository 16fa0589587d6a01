import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Application } from '../domain/application.ts'
import type { Needs, Site, Statement } from '../functions/permissions.ts'
import { explainWildcards } from './wildcards.ts'

const ROOT = join(import.meta.dirname, '..')

/** CommonJS dependencies inside an ES module ask for `require`. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/** One file of `functions/` as a Lambda function, with a role of its own that holds what the file declares and nothing else. */
export class StepFunction extends Construct {
  readonly function: NodejsFunction
  readonly role: Role
  readonly #log: LogGroup

  constructor(scope: Construct, name: string, needs: Needs, table: string, applications: Application[]) {
    super(scope, name)
    const log = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.RETAIN })
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${name} may do`,
    })
    this.#log = log
    this.function = new NodejsFunction(this, 'Function', {
      description: `Sluice: ${name}`,
      entry: join(ROOT, 'functions', `${fileOf(name)}.ts`),
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(needs.timeoutSeconds),
      role: this.role,
      logGroup: log,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: { TABLE: table },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        bundleAwsSDK: true,
        mainFields: ['module', 'main'],
        banner: REQUIRE,
        // Lambda hands its credentials over in the environment; the chain of other sources is dead weight there.
        esbuildArgs: { '--alias:@aws-sdk/credential-provider-node': join(ROOT, 'functions/aws/credentials.ts') },
        ...(needs.applications ? { commandHooks: copying(applicationsFile(applications)) } : {}),
      },
    })
  }

  /**
   * What can only be said once the machines have their names. The policy is a resource of its own beside the role: some
   * permissions name a machine that itself names this function.
   */
  settle(needs: Needs, site: Site): void {
    const logs: Statement = {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${this.#log.logGroupArn}:*`],
      because: 'the streams of its own log group',
    }
    const statements = [logs, ...needs.permissions(site)]
    const policy = new Policy(this, 'Policy', {
      roles: [this.role],
      statements: statements.map(
        ({ actions, resources, conditions }) =>
          new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) }),
      ),
    })
    for (const { resources, because } of statements) if (because) explainWildcards(policy, resources, because)
    for (const [key, value] of Object.entries(needs.environment?.(site) ?? {})) this.function.addEnvironment(key, value)
  }

  /** ARN of the version that this synthesis makes; it stays, so that a running execution keeps its code. */
  get versionArn(): string {
    return this.function.currentVersion.functionArn
  }
}

/** `RunSmokeTests` ↔ `run-smoke-tests`. */
export function fileOf(name: string): string {
  return name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()
}

function applicationsFile(applications: Application[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-')), 'applications.json')
  writeFileSync(file, JSON.stringify(applications))
  return file
}

function copying(file: string) {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_input: string, output: string) => [`cp "${file}" "${output}"`],
  }
}
