import { expect, test } from 'vitest'
import { REGISTRY } from './fleet.ts'
import { restoring } from './restoring.ts'
import { undoneBy } from './restoring-again.ts'

test('the next attempt of a release that a stage serves by now leaves its schema as it is on the way back', async () => {
  const { release, tasks, begin } = await restoring({
    ...undoneBy('exit', '0'),
    // An earlier attempt has released these digests.
    before: async made => {
      const { digest } = made.push('v2', 'migrating')
      const definition = { containerDefinitions: [{ name: 'api', image: `${REGISTRY}/demo-api@${digest}` }] }
      await made.update({ taskDefinition: await made.register(definition) })
      await made.settled()
    },
  })
  expect(await begin()).toMatchObject({
    output: {
      database: 'kept',
      note: expect.stringContaining(
        `since the stage goes back to an earlier attempt of release ${release.held.release}, which needs its schema`,
      ),
    },
  })
  expect(tasks()).toHaveLength(0)
})
