import { App, Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { deployedFiles, readApplications } from '../apps/read.ts'
import { Sluice } from './sluice.ts'

const app = new App({ analyticsReporting: false })

/** `-c apps=a.yaml,b.yaml`; else every file of apps/ but the demo. */
const named: string | undefined = app.node.tryGetContext('apps')
const files = named ? named.split(',') : deployedFiles()
if (files.length === 0) {
  console.error(
    'apps/ holds no application to deploy: write apps/<name>.yaml (demo.yaml shows how; it is rehearsed, never deployed).',
  )
  process.exit(1)
}
const stack = new Stack(app, 'Sluice', { description: 'Sluice: releases container applications' })
new Sluice(stack, 'Sluice', { applications: readApplications(files) })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
app.synth()
