import type { World } from './world.ts'

/** The steps that ask ECS or RDS for something, and which of the two then refuses it. */
const REFUSING: Record<string, 'ecs' | 'rds'> = {
  CheckPreconditions: 'ecs',
  BackUpDatabase: 'rds',
  RunMigrations: 'ecs',
  DeployNewVersion: 'ecs',
  VerifyDeployment: 'ecs',
  CloseStage: 'ecs',
  StopDeployments: 'ecs',
  RestorePrevious: 'ecs',
  RestoreDatabase: 'ecs',
}
const FAULTY_STEPS = Object.keys(REFUSING)

export type ReadFault = { kind: 'fault'; step: string } | { kind: 'refused'; because: string }

/** `STEP:KIND` */
export function readFault(text: string): ReadFault {
  const [step = '', kind] = text.split(':')
  const known = `write STEP:fail, with STEP one of ${FAULTY_STEPS.join(', ')}`
  if (kind === undefined) return { kind: 'refused', because: `--fault ${text}: names no kind; ${known}` }
  if (kind !== 'fail') return { kind: 'refused', because: `--fault ${text}: kind ${kind}: not supported yet; ${known}` }
  if (!FAULTY_STEPS.includes(step))
    return { kind: 'refused', because: `--fault ${text}: no step of this name asks ECS or RDS for anything; ${known}` }
  return { kind: 'fault', step }
}

/** ECS, or RDS for a backup, refuses the step's function whatever it asks for, as if its role had lost its policy; until the returned is called. */
export function failStep({ rehearsal: { faults, stack } }: World, step: string): () => void {
  const roles = [...stack.roles.values()].filter(({ name }) => name.includes(`${step}Role`)).map(({ arn }) => arn)
  if (roles.length !== 1) throw new Error(`the stack has ${roles.length} roles for step ${step}`)
  const refused = faults.add({
    service: REFUSING[step] ?? 'ecs',
    principal: principal => roles.includes(principal),
    does: { fail: 'AccessDeniedException', message: `User: ${roles[0]} is not authorized to perform this action` },
    times: Number.POSITIVE_INFINITY,
  })
  return refused.end
}
