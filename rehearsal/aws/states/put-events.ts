import type { Json } from '../../asl/definition.ts'
import type { TaskAnswer } from '../../asl/task.ts'
import type { EventBus } from '../service.ts'

type Fields = { [key: string]: Json }

/** The default bus only, and `Detail` as JSON, which the integration makes text of. */
export function putEvents(bus: EventBus, parameters: Json): TaskAnswer {
  const { Entries = [] } = parameters as Fields
  for (const { Source, DetailType, Resources, Detail } of Entries as Fields[])
    bus.publish({
      source: String(Source),
      'detail-type': String(DetailType),
      resources: Array.isArray(Resources) ? Resources.map(String) : [],
      detail: (typeof Detail === 'string' ? JSON.parse(Detail) : (Detail ?? {})) as Record<string, unknown>,
    })
  return { output: { FailedEntryCount: 0 } }
}
