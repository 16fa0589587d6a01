import { loadAssembly, type Stack } from './assembly/load.ts'
import { createPagerDuty, type PagerDuty } from './receivers/pager-duty.ts'
import { createSlack, type Slack, WORKSPACE } from './receivers/slack.ts'
import type { RehearsedServices, ServicesOptions } from './rehearsed-services.ts'
import { startServices } from './services.ts'

export { onPaper } from './fleet/on-paper.ts'
export type { Mail, RehearsedServices, ServicesOptions } from './rehearsed-services.ts'
export { startServices } from './services.ts'

export interface Rehearsal extends RehearsedServices {
  /** The stack of the assembly that it was started with, as it was last deployed. */
  readonly stack: Stack
  /** Deploys the one stack of an assembly: over the one of its name, or beside those that are there. */
  deploy(assembly: string): Promise<Stack>
  /** What answers as slack.com and hooks.slack.com. */
  slack: Slack
  /** What answers as events.pagerduty.com. */
  pagerDuty: PagerDuty
}

export interface RehearsalOptions extends ServicesOptions {
  /** The cloud assembly. */
  assembly: string
  /** Member ids of those who can get a direct message. */
  slackUsers?: string[]
}

/** Rehearses the one stack of a cloud assembly, and of others that are deployed later. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const services = await startServices(options)
  const { slackUsers: users = [] } = options
  const slack = createSlack({ clock: services.clock, workspace: { ...WORKSPACE, users } })
  const pagerDuty = createPagerDuty({ clock: services.clock })
  const stop = async () => {
    await services.stop()
    await Promise.all([slack.close(), pagerDuty.close()])
  }
  try {
    await services.clock.during('start', () => Promise.all([slack.start(), pagerDuty.start()]))
    Object.assign(services.hosts, {
      ...{ 'slack.com': slack.port, 'hooks.slack.com': slack.port },
      'events.pagerduty.com': pagerDuty.port,
    })
    const stacks = new Map<string, Stack>()
    const deploy = async (assembly: string): Promise<Stack> => {
      const stack = await loadAssembly(assembly, services, stacks)
      stacks.set(stack.name, stack)
      services.cloudFormation.putStack({ name: stack.name, outputs: stack.outputs })
      return stack
    }
    const first = await deploy(options.assembly)
    return {
      ...services,
      stop,
      get stack() {
        return stacks.get(first.name) ?? first
      },
      deploy: assembly => services.clock.during('deploy', () => deploy(assembly)),
      slack,
      pagerDuty,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
