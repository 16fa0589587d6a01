import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Lack } from '../../domain/lack.ts'
import { quoted } from '../../domain/shell.ts'
import { useInstallation } from '../../functions/aws/installation.ts'
import type { Terminal } from '../commands/command.ts'
import { reach } from '../commands/reach.ts'
import { NoInstallation } from '../installation.ts'
import { whyUnseen } from './examination.ts'

/** Where the doctor looks. */
export interface Ground {
  /** Number of the account. */
  account: string
  /** What was deployed there; undefined: nothing, or nothing that could be asked for anything. */
  installed: Installed | undefined
  /** Why the stack, which is there, could not be asked for anything. */
  lack: Lack | undefined
}

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

/** Finds the account, says which one it is, and finds the installation in it. Throws where nobody says whose keys these are. */
export async function findGround(terminal: Terminal, options: { aws: boolean; stack: string }): Promise<Ground> {
  const unreached = await reach(terminal, options).then(
    () => undefined,
    (error: Error) => error,
  )
  const account = await tellPlace(terminal).catch(error => {
    throw unreached ?? error
  })
  await useOwnCredentials()
  if (unreached) return { account, installed: undefined, lack: whyUnreached(unreached) }
  return { account, installed: await readStack(options.stack), lack: undefined }
}

/** Account and region are those of the keys, and what is not found there may well be elsewhere. */
async function tellPlace({ note }: Terminal): Promise<string> {
  const sts = new STSClient({})
  const { Account = '', Arn } = await sts.send(new GetCallerIdentityCommand({}))
  note(`in account ${Account}, region ${await sts.config.region()}, as ${Arn}`)
  return Account
}

async function readStack(stack: string): Promise<Installed> {
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stack }))
  const output = (key: string) => Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue
  const listed = (key: string) => output(key)?.split(',') ?? []
  return {
    stack,
    status: Stacks?.[0]?.StackStatus ?? '',
    applications: listed('Applications'),
    versions: listed('ApplicationVersions'),
    links: output('LinksTopicArn'),
  }
}

/** Undefined where there is no such stack, which is no defect before the first deployment. */
function whyUnreached(error: Error): Lack | undefined {
  if (error.cause instanceof Error) return whyUnreached(error.cause)
  if (error instanceof NoInstallation) return whyUnusable(error.stackName, error.status)
  if (error.name === 'ValidationError' && /does not exist/.test(error.message)) return undefined
  return whyUnseen(error)
}

/** What CloudFormation says of a stack that stands as it was deployed last. */
const STANDING = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'IMPORT_COMPLETE']

/** Why a stack is of no use as it stands; undefined where it is. */
export function whyNotStanding(stack: string, status: string): Lack | undefined {
  if (STANDING.includes(status)) return undefined
  const found = `stack ${stack} is ${status}`
  if (status === 'REVIEW_IN_PROGRESS')
    return { found: `${found}: nothing of it was made yet`, remedy: 'deploy it', command: 'npm run deploy' }
  if (status.endsWith('_IN_PROGRESS')) return { found, remedy: 'let CloudFormation end that, then ask again' }
  if (status === 'DELETE_FAILED')
    return {
      found,
      remedy: 'look at its events, mend what they name, and have it deleted to the end',
      command: `aws cloudformation delete-stack --stack-name ${quoted(stack)}`,
    }
  return {
    found,
    remedy: 'look at its events, mend what they name, and deploy it again',
    command: 'npm run deploy',
  }
}

function whyUnusable(stack: string, status: string): Lack {
  return (
    whyNotStanding(stack, status) ?? {
      found: `stack ${stack} says nothing of an installation: another version of Sluice made it, or something else did`,
      remedy: 'name the stack by --stack, or deploy this version of it',
      command: 'npm run deploy',
    }
  )
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
