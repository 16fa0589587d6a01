import {
  DeleteFunctionCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import {
  DeleteStateMachineVersionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ListExecutionsCommand,
  ListStateMachineVersionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn'
import { once } from '../environment.ts'

const states = once(() => new SFNClient({}))
const lambda = once(() => new LambdaClient({}))

/** ARNs of a machine's versions. */
export async function versionsOfMachine(stateMachineArn: string): Promise<string[]> {
  const found: string[] = []
  let nextToken: string | undefined
  do {
    const page = await states().send(new ListStateMachineVersionsCommand({ stateMachineArn, nextToken }))
    found.push(...(page.stateMachineVersions ?? []).flatMap(version => version.stateMachineVersionArn ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return found
}

export async function definitionOf(stateMachineArn: string): Promise<string> {
  const { definition } = await states().send(new DescribeStateMachineCommand({ stateMachineArn }))
  return definition ?? ''
}

/** What the machine's executions that are under way run: the version, where they were started by one, and the definition. */
export async function runningOf(stateMachineArn: string): Promise<{ definition: string; version?: string }[]> {
  const found: { definition: string; version?: string }[] = []
  let nextToken: string | undefined
  do {
    const asked = { stateMachineArn, statusFilter: 'RUNNING', nextToken } as const
    const page = await states().send(new ListExecutionsCommand(asked))
    for (const { executionArn, stateMachineVersionArn: version } of page.executions ?? []) {
      const { definition = '' } = await states().send(new DescribeStateMachineForExecutionCommand({ executionArn }))
      found.push({ definition, ...(version !== undefined && { version }) })
    }
    nextToken = page.nextToken
  } while (nextToken)
  return found
}

/** ARNs of a function's versions; none where the function is gone. */
export async function versionsOfFunction(functionArn: string): Promise<string[]> {
  const found: string[] = []
  let Marker: string | undefined
  try {
    do {
      const page = await lambda().send(new ListVersionsByFunctionCommand({ FunctionName: functionArn, Marker }))
      for (const { Version } of page.Versions ?? [])
        if (Version !== undefined && Version !== '$LATEST') found.push(`${functionArn}:${Version}`)
      Marker = page.NextMarker
    } while (Marker)
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
  return found
}

/** Deletes the version of a machine or of a function. Executions that run in it go on; one that is gone already is no error. */
export async function deleteVersion(version: string): Promise<void> {
  if (version.includes(':stateMachine:')) {
    await states().send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: version }))
    return
  }
  const at = version.lastIndexOf(':')
  const named = { FunctionName: version.slice(0, at), Qualifier: version.slice(at + 1) }
  try {
    await lambda().send(new DeleteFunctionCommand(named))
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
}
