import { App, Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { deployedFiles, readApplications } from '../apps/read.ts'
import { DEMO, readContext } from './context.ts'
import { Sluice } from './sluice.ts'

const app = new App({ analyticsReporting: false })
const { stackName, files, alarms } = readContext(key => app.node.tryGetContext(key), deployedFiles())
if (stackName === DEMO.stackName)
  console.error(
    'apps/ holds no application to deploy, so this is the stack of the demo. Write apps/<name>.yaml; demo.yaml shows how.',
  )

const stack = new Stack(app, stackName, { description: 'Releases container applications on ECS' })
new Sluice(stack, 'Sluice', { applications: readApplications(files), ...(alarms !== undefined && { alarms }) })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
app.synth()
