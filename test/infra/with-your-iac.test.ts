import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack, type StackProps } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type { Construct } from 'constructs'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { applicationSchema } from '../../domain/application.ts'
import { PAUSES } from '../../domain/blue-green.ts'
import { whyPaused } from '../../domain/owners-pauses.ts'
import { documents, fenced } from '../stories/documents.ts'

const found = documents().find(({ path }) => path === 'docs/with-your-iac.md')
if (!found) throw new Error('docs/with-your-iac.md is gone')
const page = found

const only = (language: string, holding: string): string => {
  const [block, ...others] = fenced(page, language).filter(text => text.includes(holding))
  if (block === undefined || others.length > 0) throw new Error(`not one ${language} block holds ${holding}`)
  return block
}

const application = applicationSchema.parse(parse(only('yaml', 'stages:')))
const [service] = application.stages[0]?.services ?? []

interface ShopProps extends StackProps {
  cluster: ecs.ICluster
  listener: elbv2.IApplicationListener
}

/** The stack of the page, in an account with a cluster and a listener; with the page's own pause, where it is asked for. */
async function shop({ pause = '' } = {}): Promise<Template> {
  // Beside this file, since packages are found from there.
  const folder = mkdtempSync(join(import.meta.dirname, 'page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'shop.ts')
  writeFileSync(file, only('ts', 'export class Shop').replace(/( {2}\}\n\}\n)$/, `${pause}$1`))
  const { Shop } = (await import(file)) as { Shop: new (scope: Construct, id: string, props: ShopProps) => Stack }
  const app = new App()
  const env = { account: '111122223333', region: 'eu-west-1' }
  const ground = new Stack(app, 'Ground', { env })
  // CDK's own classes do not fit its interfaces where optional properties are exact.
  const vpc = new ec2.Vpc(ground, 'Vpc') as ec2.IVpc
  const cluster = new ecs.Cluster(ground, 'Cluster', { vpc }) as ecs.ICluster
  const balancer = new elbv2.ApplicationLoadBalancer(ground, 'Balancer', { vpc })
  const listener = balancer.addListener('Listener', {
    port: 80,
    defaultAction: elbv2.ListenerAction.fixedResponse(404),
  })
  return Template.fromStack(new Shop(app, 'Shop', { env, cluster, listener }))
}

test('a service of CDK runs the image of the parameter that its application file names', async () => {
  const template = await shop()
  const parameters = template.findParameters('*', { Default: service?.imageParameter })
  expect(Object.values(parameters)).toMatchObject([{ Type: 'AWS::SSM::Parameter::Value<String>' }])
  const [Ref] = Object.keys(parameters)
  const [definition] = Object.values(template.findResources('AWS::ECS::TaskDefinition'))
  expect(definition?.Properties.ContainerDefinitions).toMatchObject([{ Name: service?.container, Image: { Ref } }])
  const rights = JSON.stringify(template.findResources('AWS::IAM::Policy'))
  expect(rights).toContain('ecr:BatchGetImage')
})

test('it has what Sluice asks of a service that changes colour, and its own pause is in nobody’s way', async () => {
  const template = await shop({ pause: only('ts', "TargetType: 'PAUSE'") })
  const [{ Properties: made } = { Properties: {} }] = Object.values(template.findResources('AWS::ECS::Service'))
  expect(made.ServiceName).toBe(service?.service)
  expect(made.DeploymentConfiguration).toMatchObject({ Strategy: 'BLUE_GREEN', BakeTimeInMinutes: 5 })
  const [{ AdvancedConfiguration: wiring }] = made.LoadBalancers
  expect(Object.keys(wiring).sort()).toEqual(['AlternateTargetGroupArn', 'ProductionListenerRule', 'RoleArn'])
  const hooks = made.DeploymentConfiguration.LifecycleHooks.map((hook: Record<string, unknown>) => ({
    targetType: hook.TargetType,
    lifecycleStages: hook.LifecycleStages,
  }))
  expect(whyPaused(hooks, [])).toBeUndefined()
  for (const pause of PAUSES)
    expect(whyPaused([...hooks, { targetType: 'PAUSE', lifecycleStages: [pause] }], [])).toBeDefined()
})

test('a template of CloudFormation takes the image from the same parameter', () => {
  const template = parse(only('yaml', 'AWS::ECS::TaskDefinition'), {
    customTags: [{ tag: '!Ref', resolve: (Ref: string) => ({ Ref }) }],
  })
  expect(template.Parameters.ApiImage).toEqual({
    Type: 'AWS::SSM::Parameter::Value<String>',
    Default: service?.imageParameter,
  })
  const { ContainerDefinitions } = template.Resources.Definition.Properties
  expect(ContainerDefinitions).toMatchObject([{ Name: service?.container, Image: { Ref: 'ApiImage' } }])
})

test('Terraform leaves alone what Sluice and ECS change', () => {
  const text = only('hcl', 'aws_ecs_service')
  const resource = (type: string) => text.split('\nresource ').find(each => each.startsWith(`"${type}"`)) ?? ''
  expect(resource('aws_ecs_service')).toContain('ignore_changes = [task_definition, deployment_configuration]')
  expect(resource('aws_lb_listener_rule')).toContain('ignore_changes = [action]')
  expect(text).toContain('key_prefixes = ["sluice:"]')
})
