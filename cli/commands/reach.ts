import { UsageError } from '../arguments.ts'
import { findInstallation, type Installation, STACK } from '../installation.ts'
import { awsTime, runningRehearsal } from '../rehearsing/running.ts'
import type { Terminal } from './command.ts'

/** Where the installation is that a command is for. */
export const AWS = { aws: { type: 'boolean', default: false }, stack: { type: 'string', default: STACK } } as const

export interface Reached {
  installation: Installation
  /** What time it is there, in ms. */
  now(): number
  /** Real time between two looks. */
  pauseMs: number
}

/**
 * Finds the installation that a command is for: the rehearsal that stays up on this machine, unless `aws` or the
 * environment's own endpoint say otherwise; else the account of the default credentials.
 */
export async function reach({ note }: Terminal, { aws, stack }: { aws: boolean; stack: string }): Promise<Reached> {
  const rehearsal = aws || process.env.AWS_ENDPOINT_URL ? undefined : runningRehearsal()
  if (rehearsal) {
    note(`on the rehearsal of process ${rehearsal.pid}; --aws asks AWS instead`)
    const variables = { ...rehearsal.env, AWS_PROFILE: undefined, AWS_SESSION_TOKEN: undefined }
    return { installation: await findInstallation(variables, stack), now: () => awsTime(rehearsal), pauseMs: 250 }
  }
  try {
    return { installation: await findInstallation({}, stack), now: () => Date.now(), pauseMs: 2_000 }
  } catch (error) {
    const { name, message } = error as Error
    throw new Error(
      `stack ${stack} cannot be asked for on AWS: ${name}: ${message}\n` +
        'set region and credentials of the account where it is deployed and name it by --stack if it has another name, ' +
        'or keep a rehearsal up: npm start -- --stay',
      { cause: error },
    )
  }
}

/** Throws a UsageError when the stack does not release this application. */
export function demandApplication(app: string | undefined, { applications }: Installation): asserts app is string {
  if (app === undefined || !applications.includes(app))
    throw new UsageError(`${app ?? 'no application'}: is not installed; write one of ${applications.join(', ')}`)
}
