import { useEnvironment } from '../environment.ts'

/** Points what is in this folder at an installation: its account (endpoint, region, keys) and its table. */
export function useInstallation(variables: Record<string, string | undefined>): void {
  useEnvironment(variables)
}
