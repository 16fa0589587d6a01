import { STEPS } from '../faults/catalogue.ts'
import type { World } from './world.ts'

/** ECS, or RDS for a backup, refuses the step's function whatever it asks for, as if its role had lost its policy; until the returned is called. */
export function failStep({ rehearsal: { faults, stack } }: World, step: string): () => void {
  const roles = [...stack.roles.values()].filter(({ name }) => name.includes(`${step}Role`)).map(({ arn }) => arn)
  if (roles.length !== 1) throw new Error(`the stack has ${roles.length} roles for step ${step}`)
  const refused = faults.add({
    service: STEPS[step]?.worksOn ?? 'ecs',
    principal: principal => roles.includes(principal),
    does: { fail: 'AccessDeniedException', message: `User: ${roles[0]} is not authorized to perform this action` },
    times: Number.POSITIVE_INFINITY,
  })
  return refused.end
}
