import type { DeploymentConfiguration, ServiceDeploymentAlarms } from '@aws-sdk/client-ecs'
import type { AlarmWatch, EcsWorld, ServiceDeployment } from './model.ts'

/** Between two looks at a deployment's alarms. */
const LOOK_MS = 30_000

const watched = ({ alarms }: DeploymentConfiguration) => (alarms?.enable ? (alarms.alarmNames ?? []) : [])

/** A deployment that begins while one of its alarms rings goes without them to its end. */
export function watchFromNow(world: EcsWorld, configuration: DeploymentConfiguration): AlarmWatch {
  const names = watched(configuration)
  if (names.length === 0 || world.alarms(names).length > 0) return { triggered: [] }
  return { triggered: [], lookAt: world.clock.now() + LOOK_MS }
}

/** Looks at the alarms when it is time to; says whether one has rung. */
export function hasRung(world: EcsWorld, { configuration, alarms, status }: ServiceDeployment): boolean {
  const now = world.clock.now()
  if (status !== 'IN_PROGRESS' || alarms.lookAt === undefined || now < alarms.lookAt) return false
  alarms.triggered = world.alarms(watched(configuration))
  if (alarms.triggered.length === 0) alarms.lookAt = now + LOOK_MS
  return alarms.triggered.length > 0
}

export function describeAlarms({ configuration, alarms, status }: ServiceDeployment): ServiceDeploymentAlarms {
  const { triggered } = alarms
  const monitoring = status === 'PENDING' || status === 'IN_PROGRESS' ? 'MONITORING' : 'MONITORING_COMPLETE'
  const watching = alarms.lookAt !== undefined
  return {
    status: triggered.length > 0 ? 'TRIGGERED' : watching ? monitoring : 'DISABLED',
    alarmNames: configuration.alarms?.alarmNames ?? [],
    triggeredAlarmNames: triggered,
  }
}
