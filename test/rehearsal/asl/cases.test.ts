import { describe, expect, it } from 'vitest'
import { groupsIn, OWN_CASES, verdictOn } from '../../../cli/conformance/group.ts'

for (const { group, cases } of groupsIn(OWN_CASES)) {
  describe(group, () => {
    it.each(cases.map(one => [one.id.replace(`${group}/`, ''), one] as const))('%s', async (_, one) => {
      const verdict = await verdictOn(one)
      expect(verdict.kind === 'failed' ? verdict.difference : 'as it should').toBe('as it should')
    })
  })
}
