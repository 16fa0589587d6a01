import type { Authorization } from '../service.ts'

/** Everybody may ask who they are: no policy can allow it, nor forbid it. */
export const STS_AUTHORIZATION: Authorization = { GetCallerIdentity: () => [] }
