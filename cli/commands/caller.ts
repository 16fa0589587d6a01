import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** Who AWS says types the command (ARN). */
export async function callerArn(): Promise<string> {
  const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}))
  return Arn ?? 'unknown'
}
