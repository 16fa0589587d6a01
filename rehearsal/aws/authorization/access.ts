import type { Access } from '../service.ts'

/** AWS knows no resource type for these actions: a policy has to name `*`. */
export const anywhere = (action: string, context?: Access['context']): Access[] => [
  { action, resource: '*', ...(context && { context }) },
]

/** An operation whose action has no resource type. */
export const onAnything = (action: string) => () => anywhere(action)

/** Whoever hands a role to a service must be allowed to, role by role. */
export const passing = (service: string, roles: readonly (string | undefined)[]): Access[] =>
  [...new Set(roles)].flatMap(role =>
    role ? [{ action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': service } }] : [],
  )
