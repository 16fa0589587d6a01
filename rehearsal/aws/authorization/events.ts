import type { PutEventsRequest } from '@aws-sdk/client-eventbridge'
import { type Authorization, arn } from '../service.ts'

export const EVENTS_AUTHORIZATION: Authorization = {
  PutEvents({ Entries = [] }: PutEventsRequest) {
    const buses = new Set(Entries.map(({ EventBusName = 'default' }) => EventBusName))
    return [...buses].map(bus => ({
      action: 'events:PutEvents',
      resource: bus.startsWith('arn:') ? bus : arn('events', `event-bus/${bus}`),
    }))
  },
}
