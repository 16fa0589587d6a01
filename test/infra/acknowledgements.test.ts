import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, type IApplyRule, NagRuleCompliance } from 'cdk-nag'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readApplications } from '../../apps/read.ts'
import { Sluice } from '../../infra/sluice.ts'
import { ROOT } from './stack.ts'

interface Finding {
  /** Where in the tree of constructs. */
  path: string
  id: string
}

/** Everything that cdk-nag finds, whether it was acknowledged or not. */
class EveryFinding extends AwsSolutionsChecks {
  readonly findings: Finding[] = []

  protected override applyRule({ node, rule, ruleSuffixOverride }: IApplyRule): void {
    const id = `AwsSolutions-${ruleSuffixOverride ?? rule.name}`
    const result = rule(node)
    const { path } = node.node
    if (Array.isArray(result)) this.findings.push(...result.map(each => ({ path, id: `${id}[${each}]` })))
    else if (result === NagRuleCompliance.NON_COMPLIANT) this.findings.push({ path, id })
  }
}

const folder = mkdtempSync(join(tmpdir(), 'acknowledgements-'))
afterAll(() => rmSync(folder, { recursive: true }))

let findings: Finding[]
let acknowledged: (Finding & { reason: string })[]

beforeAll(() => {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'))
  const app = new App({ analyticsReporting: false, outdir: folder, context })
  new Sluice(new Stack(app, 'Sluice'), 'Sluice', { applications: readApplications([join(ROOT, 'apps/demo.yaml')]) })
  const checks = new EveryFinding(app)
  Validations.of(app).addPlugins(checks)
  app.synth()
  findings = checks.findings
  acknowledged = app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ path: node.path, id: id.replace('Annotation::', ''), reason })),
  )
}, 180_000)

const covers = (acknowledgement: Finding, { path, id }: Finding) =>
  id === acknowledgement.id && `${path}/`.startsWith(`${acknowledgement.path}/`)

test('every finding of cdk-nag is acknowledged with a reason', () => {
  expect(findings.length).toBeGreaterThan(100)
  expect(findings.filter(finding => !acknowledged.some(each => each.reason.trim() && covers(each, finding)))).toEqual(
    [],
  )
})

test('nothing is acknowledged that cdk-nag does not find any more', () => {
  expect(acknowledged.filter(each => !findings.some(finding => covers(each, finding)))).toEqual([])
})
