import { App, Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { deployedFiles, readApplications } from '../apps/read.ts'
import { Sluice } from './sluice.ts'

const app = new App({ analyticsReporting: false })

/** `-c apps=a.yaml,b.yaml`; else every file of apps/ but the demo. */
const named: string | undefined = app.node.tryGetContext('apps')
const files = named ? named.split(',') : deployedFiles()
const demoOnly = files.length === 0
if (demoOnly)
  console.error(
    'apps/ holds no application to deploy, so this is the stack of the demo. Write apps/<name>.yaml; demo.yaml shows how.',
  )

/** `-c stack=Payments`: a further installation in the same account and region. */
const stackName: string = app.node.tryGetContext('stack') ?? 'Sluice'
const stack = new Stack(app, demoOnly ? 'SluiceDemo' : stackName, {
  description: 'Releases container applications on ECS',
})
new Sluice(stack, 'Sluice', { applications: readApplications(demoOnly ? ['apps/demo.yaml'] : files) })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
app.synth()
