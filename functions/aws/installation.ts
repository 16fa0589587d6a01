import { once, useEnvironment } from '../environment.ts'

/** Points what is in this folder at an installation: its account (endpoint, region, keys) and its table. */
export function useInstallation(variables: Record<string, string | undefined>): void {
  useEnvironment(variables)
}

/** Makes `create`'s value at its first use and keeps it until another installation is used. */
export const perInstallation = once
