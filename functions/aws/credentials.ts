import { fromEnv } from '@aws-sdk/credential-provider-env'

/** Stands in for the SDK's chain of credential sources when a function is bundled: in Lambda they are in the environment. */
export const defaultProvider = fromEnv
