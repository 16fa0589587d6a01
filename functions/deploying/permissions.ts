import {
  onDriven,
  passesRoles,
  passesTaskRoles,
  readsTaskDefinitions,
  retiresTaskDefinitions,
  type Site,
  type Statement,
  servicesInUse,
} from '../permissions.ts'

const FAMILIES = 'the application file names services; which family of task definitions they run is said by ECS alone'

/**
 * The families belong to the users' own IaC and are not in the application file, so they cannot be named here; nor can the
 * roles of their tasks, which may only be passed to ECS tasks.
 */
export const registersTaskDefinitions = (site: Site): Statement[] => [
  readsTaskDefinitions,
  {
    ...retiresTaskDefinitions,
    unused: {
      'ecs:DeregisterTaskDefinition':
        'of two revisions that are registered at once one stands, and the other is taken out: no rehearsal races so',
    },
  },
  {
    actions: ['ecs:RegisterTaskDefinition'],
    resources: [site.arn('ecs', 'task-definition/*')],
    because: FAMILIES,
  },
  {
    actions: ['ecs:TagResource'],
    resources: [site.arn('ecs', 'task-definition/*')],
    because: FAMILIES,
    conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
  },
  passesTaskRoles(site),
]

const LAMBDA_HOOKS =
  'UpdateService sends the hooks of a service with their roles, and only Lambda hooks have one, which the rehearsed ECS refuses: ' +
  'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html'

/** How a service is deployed is sent as a whole; a Lambda hook of its owners has a role, which they alone know. */
export const deploysServices = (site: Site): Statement[] => [
  onDriven(site, ['ecs:UpdateService']),
  {
    ...passesRoles(
      site,
      'ecs.amazonaws.com',
      "the roles of the owners' own lifecycle hooks are named in their services alone; they may be passed to ECS only",
    ),
    unused: { 'iam:PassRole': LAMBDA_HOOKS },
  },
]

/** Says on a service which installation releases it. */
export const marksServices = (site: Site): Statement => ({
  actions: ['ecs:TagResource'],
  resources: servicesInUse(site).map(name => site.arn('ecs', `service/${name}`)),
})

export const stopsDeployments = (site: Site): Statement => onDriven(site, ['ecs:StopServiceDeployment'])

export const continuesDeployments = (site: Site): Statement => onDriven(site, ['ecs:ContinueServiceDeployment'])
