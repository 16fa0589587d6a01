import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { STSClient } from '@aws-sdk/client-sts'
import { useInstallation } from '../../functions/aws/installation.ts'
import type { Terminal } from '../commands/command.ts'
import { reach } from '../commands/reach.ts'

/** What the stack says of itself, as far as the doctor asks it. */
export interface Installed {
  stack: string
  /** CloudFormation's own word for how it was deployed last. */
  status: string
  applications: string[]
  /** Versions of their files, in the same order; none where an older version of Sluice is deployed. */
  versions: string[]
  /** ARN of the topic by which personal links go out; undefined where an older version of Sluice is deployed. */
  links: string | undefined
}

/** Finds the account, and the installation in it; undefined where that is not deployed yet. */
export async function findGround(
  terminal: Terminal,
  options: { aws: boolean; stack: string },
): Promise<Installed | undefined> {
  try {
    await reach(terminal, options)
  } catch (error) {
    if (!isAbsent(error)) throw error
    await useOwnCredentials()
    return undefined
  }
  await useOwnCredentials()
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: options.stack }))
  const output = (key: string) => Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue
  const listed = (key: string) => output(key)?.split(',') ?? []
  return {
    stack: options.stack,
    status: Stacks?.[0]?.StackStatus ?? '',
    applications: listed('Applications'),
    versions: listed('ApplicationVersions'),
    links: output('LinksTopicArn'),
  }
}

/** CloudFormation says that there is no such stack. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error.name === 'ValidationError' && /does not exist/.test(error.message)) || isAbsent(error.cause)
}

/** Some calls are signed with what the environment holds alone; a person's keys may come from anywhere else. */
async function useOwnCredentials(): Promise<void> {
  const { config } = new STSClient({})
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials()
  useInstallation({
    ...{ AWS_REGION: await config.region(), AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    ...{ AWS_SESSION_TOKEN: sessionToken, AWS_PROFILE: undefined },
  })
}
