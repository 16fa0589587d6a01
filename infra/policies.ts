import type { Statement } from '../functions/permissions.ts'
import { FEWER } from './limits.ts'

/** What IAM allows a role, in characters without spaces: in all its inline policies, and in each of its managed ones. */
const INLINE = 10_240
const MANAGED = 6_144
const MANAGED_POLICIES = 10

const inWords = (count: number) => count.toLocaleString('en')

/**
 * The statements as policies that IAM takes: the first inline, whatever is over in managed ones. A statement whose resources
 * are too many for one policy goes on in the next. `sizeOf`: the characters of a value as JSON; `used`: those of inline
 * policies that the role has already. Throws where that is not enough.
 */
export function inPolicies(
  name: string,
  statements: Statement[],
  sizeOf: (value: unknown) => number,
  used = 0,
): Statement[][] {
  const all = merged(statements)
  const tooMuch = () => {
    const size = sizeOf({ Version: '2012-10-17', Statement: all.map(asIam) })
    return new Error(
      `function ${name}: its permissions come to ${inWords(size)} characters, and IAM allows a role ${inWords(INLINE)} and ${MANAGED_POLICIES} policies of ${inWords(MANAGED)} beside; ${FEWER}`,
    )
  }
  const empty = sizeOf({ Version: '2012-10-17', Statement: [] })
  const policies: Statement[][] = [[]]
  let room = INLINE - used - empty
  for (const statement of all) {
    const frame = sizeOf(asIam({ ...statement, resources: [] })) + 1
    let rest = statement.resources
    while (rest.length > 0) {
      const fitting = howMany(rest, room - frame, sizeOf)
      if (fitting > 0) {
        const resources = rest.slice(0, fitting)
        rest = rest.slice(fitting)
        policies.at(-1)?.push({ ...statement, resources })
        room -= frame + sizeOf(resources) - 2
      } else if (policies.at(-1)?.length === 0 || policies.length > MANAGED_POLICIES) {
        throw tooMuch()
      } else {
        policies.push([])
        room = MANAGED - empty
      }
    }
  }
  return policies
}

/** Statements on the same resources are one, which names them once. */
function merged(statements: Statement[]): Statement[] {
  const byTarget = new Map<string, Statement>()
  for (const statement of statements) {
    const target = JSON.stringify([statement.resources, statement.conditions])
    const known = byTarget.get(target) ?? { ...statement, actions: [], because: undefined }
    const actions = [...new Set([...known.actions, ...statement.actions])]
    const because = [...new Set([known.because, statement.because].filter(Boolean))].join('; ')
    const { because: _, ...rest } = known
    byTarget.set(target, { ...rest, actions, ...(because && { because }) })
  }
  return [...byTarget.values()]
}

function howMany(resources: string[], room: number, sizeOf: (value: unknown) => number): number {
  let used = 0
  const over = resources.findIndex(resource => {
    used += sizeOf(resource) + 1
    return used > room
  })
  return over === -1 ? resources.length : over
}

const asIam = ({ actions, resources, conditions }: Statement) => ({
  Action: actions,
  Effect: 'Allow',
  Resource: resources,
  ...(conditions && { Condition: conditions }),
})
