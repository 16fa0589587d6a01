import { join } from 'node:path'
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { versionOf } from '../apps/read.ts'
import type { Application } from '../domain/application.ts'
import * as backUpDatabase from '../functions/back-up-database.ts'
import * as checkPreconditions from '../functions/check-preconditions.ts'
import * as cleanUp from '../functions/clean-up.ts'
import * as closeRelease from '../functions/close-release.ts'
import * as closeStage from '../functions/close-stage.ts'
import * as completeDeployment from '../functions/complete-deployment.ts'
import * as deployNewVersion from '../functions/deploy-new-version.ts'
import * as lockStage from '../functions/lock-stage.ts'
import * as lookForImages from '../functions/look-for-images.ts'
import * as pages from '../functions/pages.ts'
import type { Needs, Site } from '../functions/permissions.ts'
import * as planRelease from '../functions/plan-release.ts'
import * as removeVersions from '../functions/remove-versions.ts'
import * as requestApproval from '../functions/request-approval.ts'
import * as restoreDatabase from '../functions/restore-database.ts'
import * as restorePrevious from '../functions/restore-previous.ts'
import * as runMigrations from '../functions/run-migrations.ts'
import * as runSmokeTests from '../functions/run-smoke-tests.ts'
import * as shiftTraffic from '../functions/shift-traffic.ts'
import * as startRelease from '../functions/start-release.ts'
import * as stopDeployments from '../functions/stop-deployments.ts'
import * as takeLease from '../functions/take-lease.ts'
import * as tellPagerDuty from '../functions/tell-pager-duty.ts'
import * as tellSlack from '../functions/tell-slack.ts'
import * as verifyDeployment from '../functions/verify-deployment.ts'
import * as wake from '../functions/wake.ts'
import * as watchAlarms from '../functions/watch-alarms.ts'
import { bundle } from './bundles.ts'
import { DeadLetters, ringAt } from './dead-letters.ts'
import { fileOf, StepFunction } from './function.ts'
import { exceeded } from './limits.ts'
import { People } from './people.ts'
import { Pushes } from './pushes.ts'
import { LOOKING, listen, recur } from './rules.ts'
import { VersionedStateMachine } from './state-machine.ts'

/** The steps of each machine, by the names of their states. */
export const RELEASE_STEPS = {
  PlanRelease: planRelease,
  RequestApproval: requestApproval,
  LockStage: lockStage,
  CheckPreconditions: checkPreconditions,
  BackUpDatabase: backUpDatabase,
  RunMigrations: runMigrations,
  DeployNewVersion: deployNewVersion,
  RunSmokeTests: runSmokeTests,
  ShiftTraffic: shiftTraffic,
  WatchAlarms: watchAlarms,
  CompleteDeployment: completeDeployment,
  VerifyDeployment: verifyDeployment,
  CloseStage: closeStage,
  CloseRelease: closeRelease,
}
export const ROLLBACK_STEPS = {
  TakeLease: takeLease,
  StopDeployments: stopDeployments,
  RestorePrevious: restorePrevious,
  RestoreDatabase: restoreDatabase,
  VerifyDeployment: verifyDeployment,
  CloseStage: closeStage,
}
/** What events start, or the clock. */
export const LISTENERS = {
  StartRelease: startRelease,
  Wake: wake,
  CleanUp: cleanUp,
  LookForImages: lookForImages,
  RemoveVersions: removeVersions,
}
/** What stands between Sluice and people. */
export const PEOPLE = { Pages: pages, TellSlack: tellSlack, TellPagerDuty: tellPagerDuty }

/** The steps that wait are the ones that answer a task token; only these are woken. */
export const WAITING = [
  'RequestApproval',
  'LockStage',
  'BackUpDatabase',
  'RunMigrations',
  'DeployNewVersion',
  'ShiftTraffic',
  'WatchAlarms',
  'CompleteDeployment',
  'VerifyDeployment',
  'TakeLease',
  'StopDeployments',
  'RestorePrevious',
  'RestoreDatabase',
]

/** Everything that releases these applications. */
export class Sluice extends Construct {
  /** `alarms`: ARN of the topic that hears of the stack's alarms. */
  constructor(scope: Construct, id: string, props: { applications: Application[]; alarms?: string }) {
    super(scope, id)
    const { applications, alarms } = props
    const table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })

    const people = new People(this, 'People', applications)
    const letters = new DeadLetters(this, 'Letters')
    const pushes = new Pushes(this, 'Pushes')
    const declared: Record<string, { needs: Needs }> = {
      ...RELEASE_STEPS,
      ...ROLLBACK_STEPS,
      ...LISTENERS,
      ...PEOPLE,
    }
    const bundles = bundle(Object.keys(declared).map(fileOf))
    const functions = Object.fromEntries(
      Object.entries(declared).map(([name, { needs }]) => [
        name,
        new StepFunction(this, name, needs, join(bundles, fileOf(name)), table.tableName, applications),
      ]),
    )
    const of = (name: string): StepFunction => {
      const found = functions[name]
      if (!found) throw new Error(`no function is called ${name}`)
      return found
    }
    for (const name of [...Object.keys(LISTENERS), ...WAITING]) of(name).leaveLetters(letters.failed)
    const substitutions = (names: string[]) => Object.fromEntries(names.map(name => [name, of(name).versionArn]))
    const called = (names: string[]) => names.map(name => of(name).function)
    const steps = Object.keys({ ...RELEASE_STEPS, ...ROLLBACK_STEPS })

    const rollback = new VersionedStateMachine(this, 'Rollback', {
      definition: 'rollback.asl.yaml',
      substitutions: substitutions(Object.keys(ROLLBACK_STEPS)),
      calls: called(Object.keys(ROLLBACK_STEPS)),
    })
    const release = new VersionedStateMachine(this, 'Release', {
      definition: 'release.asl.yaml',
      substitutions: { ...substitutions(Object.keys(RELEASE_STEPS)), RollbackMachine: rollback.versionArn },
      calls: called(Object.keys(RELEASE_STEPS)),
    })
    this.#mayRunRollback(release, rollback)

    const { arn, globalArn, executions } = this.#arns([release, rollback])
    const site: Site = {
      installation: Stack.of(this).stackName,
      applications,
      table: table.tableArn,
      arn,
      globalArn,
      releaseMachine: release.machine.stateMachineArn,
      rollbackMachine: rollback.machine.stateMachineArn,
      releaseVersion: release.versionArn,
      rollbackVersion: rollback.versionArn,
      executions,
      steps: steps.map(name => of(name).function.functionArn),
      waitingFunctions: WAITING.map(name => `${of(name).function.functionArn}:*`),
      notifications: people.notifications.topicArn,
      links: people.links.topicArn,
      pagesUrl: people.pages.apiEndpoint,
      linkKey: people.linkKey.secretArn,
      pushes: { arn: pushes.queue.queueArn, url: pushes.queue.queueUrl },
    }
    for (const [name, { needs }] of Object.entries(declared)) of(name).settle(needs, site)

    people.serveBy(of('Pages').function)
    pushes.readBy(of('StartRelease').function)
    for (const name of ['TellSlack', 'TellPagerDuty']) people.tellBy(name, of(name).function)
    const listeners = { StartRelease: of('StartRelease'), Wake: of('Wake'), CleanUp: of('CleanUp') }
    listen(this, site, listeners, letters)
    this.node.addValidation({ validate: () => exceeded(this) })
    if (alarms !== undefined) ringAt(this, alarms)
    recur(this, 'Daily', of('RemoveVersions'), { every: Duration.days(1), uselessAfter: Duration.hours(1) }, letters)
    recur(this, 'EveryQuarter', of('LookForImages'), LOOKING, letters)
    this.#tell({
      Applications: applications.map(({ app }) => app).join(','),
      ApplicationVersions: applications.map(versionOf).join(','),
      LinksTopicArn: people.links.topicArn,
      TableName: table.tableName,
      ReleaseMachineArn: release.machine.stateMachineArn,
      RollbackMachineArn: rollback.machine.stateMachineArn,
      StartReleaseName: of('StartRelease').function.functionName,
    })
  }

  /** What the `sluice` command asks the stack for. */
  #tell(outputs: Record<string, string>): void {
    for (const [key, value] of Object.entries(outputs))
      new CfnOutput(this, `Output${key}`, { value }).overrideLogicalId(key)
  }

  /** `startExecution.sync:2` starts, watches and, when the parent is stopped, stops the child. */
  #mayRunRollback(release: VersionedStateMachine, rollback: VersionedStateMachine): void {
    const machine = rollback.machine.stateMachineArn
    const { arn, executions } = this.#arns([rollback])
    // Of the version that the definition names, too: AWS authorises that on the machine's own ARN.
    release.allow(['states:StartExecution'], [machine], '')
    release.allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      executions,
      'executions of the rollback machine',
      {
        'states:StopExecution':
          "Step Functions' documents on nested executions ask for it: who stops a release stops its way back; no rehearsal does",
      },
    )
    const rule = arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')
    release.allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [rule], '')
  }

  #arns(machines: VersionedStateMachine[]) {
    const stack = Stack.of(this)
    const arn = (service: string, resource: string) =>
      `arn:${stack.partition}:${service}:${stack.region}:${stack.account}:${resource}`
    const globalArn = (service: string, resource: string) =>
      `arn:${stack.partition}:${service}::${stack.account}:${resource}`
    return {
      arn,
      globalArn,
      executions: machines.map(({ machine }) => arn('states', `execution:${machine.stateMachineName}:*`)),
    }
  }
}
