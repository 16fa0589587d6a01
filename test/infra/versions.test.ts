import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { AwsSolutionsChecks } from 'cdk-nag'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Needs } from '../../functions/permissions.ts'
import { StepFunction } from '../../infra/function.ts'
import { VersionedStateMachine } from '../../infra/state-machine.ts'
import { explainWildcards } from '../../infra/wildcards.ts'
import { type SynthesizedStack, synthesizedStack } from './stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'versions-'))
afterAll(() => rmSync(folder, { recursive: true }))

const STEPS = ['TakeLease', 'StopDeployments', 'RestorePrevious', 'VerifyDeployment', 'CloseStage']
const NEEDS: Needs = { timeoutSeconds: 30, permissions: () => [] }

/** Logical ids of the versions of a function with this code, and of a machine that calls it. */
function versionsOf(code: string): { ofFunction: string; ofMachine: string } {
  const [out, bundle] = [mkdtempSync(join(folder, 'out-')), mkdtempSync(join(folder, 'code-'))]
  writeFileSync(join(bundle, 'index.mjs'), code)
  const app = new App({ analyticsReporting: false, outdir: out })
  const stack = new Stack(app, 'Stack')
  const step = new StepFunction(stack, 'TakeLease', NEEDS, bundle, 'table', [])
  new VersionedStateMachine(stack, 'Rollback', {
    definition: 'rollback.asl.yaml',
    substitutions: Object.fromEntries(STEPS.map(name => [name, step.versionArn])),
    calls: [step.function],
  })
  const { Resources } = app.synth().getStackByName('Stack').template as { Resources: Record<string, { Type: string }> }
  const only = (type: string) => Object.keys(Resources).find(id => Resources[id]?.Type === type) ?? ''
  return { ofFunction: only('AWS::Lambda::Version'), ofMachine: only('AWS::StepFunctions::StateMachineVersion') }
}

describe('a change of a step’s code', () => {
  test('makes a new version of its function and of the machine that calls it', () => {
    const [before, after] = [versionsOf('export const handler = () => 1'), versionsOf('export const handler = () => 2')]
    expect(after.ofFunction).not.toBe(before.ofFunction)
    expect(after.ofMachine).not.toBe(before.ofMachine)
  })

  test('is what it takes: the same code has the same versions', () => {
    const code = 'export const handler = () => 1'
    expect(versionsOf(code)).toEqual(versionsOf(code))
  })
})

describe('in the stack', () => {
  let stack: SynthesizedStack
  beforeAll(async () => {
    stack = await synthesizedStack()
  })

  test.each(['AWS::Lambda::Version', 'AWS::StepFunctions::StateMachineVersion'])(
    'every %s stays when another takes its place, unless its deployment fails, which would be in the way of the next',
    type => {
      const versions = stack.of(type)
      expect(versions.length).toBeGreaterThan(1)
      for (const { id } of versions)
        expect(stack.assembly.template.Resources[id]).toMatchObject({
          ...{ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
        })
    },
  )

  test('whoever starts a machine, or removes its versions, is told by the deployment which is current', () => {
    const versions = stack.of('AWS::StepFunctions::StateMachineVersion').map(({ id }) => id)
    const told = ['StartRelease', 'CleanUp', 'RemoveVersions'].map(name => {
      const found = stack
        .of('AWS::Lambda::Function')
        .find(({ properties }) => properties.Description === `Sluice: ${name}`)
      const { Variables = {} } = (found?.properties.Environment ?? {}) as {
        Variables?: Record<string, { Ref?: string }>
      }
      return [Variables.RELEASE_MACHINE, Variables.ROLLBACK_MACHINE].flatMap(variable => variable?.Ref ?? [])
    })
    expect(told.map(ids => ids.length)).toEqual([1, 1, 2])
    expect(told.flat().filter(id => !versions.includes(id))).toEqual([])
  })

  test('three rules run by the clock: two look every quarter of an hour, one removes the versions that nobody runs', () => {
    const recurring = stack.of('AWS::Events::Rule').filter(({ properties }) => properties.ScheduleExpression)
    const run = recurring.flatMap(({ properties }) =>
      (properties.Targets as { Arn: unknown }[]).map(({ Arn }) => [
        stack.named(Arn)?.properties.Description,
        properties.ScheduleExpression,
      ]),
    )
    expect(run.sort()).toEqual([
      ['Sluice: CleanUp', 'rate(15 minutes)'],
      ['Sluice: LookForImages', 'rate(15 minutes)'],
      ['Sluice: RemoveVersions', 'rate(1 day)'],
    ])
  })
})

describe('a policy that names resources by a pattern', () => {
  const synthesize = (reason?: string) => {
    const app = new App({ analyticsReporting: false, outdir: mkdtempSync(join(folder, 'out-')) })
    const policy = new ManagedPolicy(new Stack(app, 'Stack'), 'Policy', {
      statements: [new PolicyStatement({ actions: ['ecs:ListTasks'], resources: ['*'] })],
    })
    if (reason) explainWildcards(policy, ['*'], reason)
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
    return app.synth()
  }

  test('is refused without a reason', () => {
    expect(() => synthesize()).toThrow(/[Vv]alidation/)
  })

  test('is taken with one', () => {
    expect(() => synthesize('AWS knows no resource for it')).not.toThrow()
  })
})
