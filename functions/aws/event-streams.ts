/**
 * Stands in for the SDK's event streams when a function is bundled: none of our calls streams events, and they are a
 * thirtieth of a bundle. One that did would fail at its first event.
 */
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config

export const eventStreamSerdeProvider = () => undefined

export class EventStreamSerde {
  constructor() {
    throw new Error('event streams are left out of the bundles: infra/bundles.ts says by what')
  }
}
