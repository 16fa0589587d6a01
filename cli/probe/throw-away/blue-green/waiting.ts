import type { DeploymentConfiguration, ServiceDeployment } from '@aws-sdk/client-ecs'
import type { OwnService } from '../service.ts'
import type { Front } from './front.ts'

/** A service that changes colour, with a deployment that has come to its pause, or has ended without. */
export type BlueGreen = OwnService & { front: Front; deployment: ServiceDeployment }

/** What a service needs to change colour, and nothing that is itself in question. */
export const CONFIGURATION: DeploymentConfiguration = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 }

export const waitingHook = ({ lifecycleHookDetails = [] }: ServiceDeployment) =>
  lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION')

/** Why a question about a pause cannot be asked. */
export const NO_PAUSE = 'the deployment did not wait'
