import type { CreateSecretRequest } from '@aws-sdk/client-secrets-manager'
import type { SecretStore } from '../secrets-manager.ts'
import { type Authorization, AwsError, arn } from '../service.ts'

/** A secret is authorised by its whole ARN, with the letters that Secrets Manager put behind its name. */
export function secretsAuthorization(store: Pick<SecretStore, 'find'>): Authorization {
  const naming =
    (action: string) =>
    ({ SecretId = '' }: { SecretId?: string }) => [{ action, resource: arnOf(store, SecretId) }]
  return {
    GetSecretValue: naming('secretsmanager:GetSecretValue'),
    DescribeSecret: naming('secretsmanager:DescribeSecret'),
    PutSecretValue: naming('secretsmanager:PutSecretValue'),
    CreateSecret: ({ Name = '' }: CreateSecretRequest) => [
      { action: 'secretsmanager:CreateSecret', resource: arn('secretsmanager', `secret:${Name}`) },
    ],
  }
}

/** One that is not there is authorised as it was named. */
function arnOf(store: Pick<SecretStore, 'find'>, named: string): string {
  try {
    return store.find(named).arn
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return named.startsWith('arn:') ? named : arn('secretsmanager', `secret:${named}`)
  }
}
