import type { DeleteServiceRequest } from '@aws-sdk/client-ecs'
import type { Operations } from '../service.ts'
import { tasksOf } from './health.ts'
import type { EcsWorld } from './model.ts'
import { clusterOf, invalidParameter, serviceOf } from './names.ts'
import { isOpen, update } from './progress.ts'
import type { Scheduler } from './scheduler.ts'
import { describeService } from './service-view.ts'
import { stopTask } from './task-life.ts'

/** A service is forgotten at once; in ECS it is seen as DRAINING and INACTIVE for a while. */
export function deleteServiceOperations(world: EcsWorld, scheduler: Scheduler): Operations {
  return {
    DeleteService(input: DeleteServiceRequest) {
      const cluster = clusterOf(world, input.cluster)
      const service = serviceOf(cluster, input.service ?? '')
      if (service.desiredCount > 0 && !input.force)
        throw invalidParameter('The service cannot be stopped while it is scaled above 0.')
      service.desiredCount = 0
      const open = service.deployments.find(isOpen)
      if (open) update(world, open, 'STOPPED', 'Service deployment stopped because the service was deleted.')
      for (const task of tasksOf(service).filter(({ told }) => told.desiredStatus === 'RUNNING'))
        stopTask(world, task, 'ServiceSchedulerInitiated', 'Service was deleted.', scheduler)
      cluster.services.delete(service.name)
      return { service: { ...describeService(service, true), status: 'DRAINING' } }
    },
  }
}
