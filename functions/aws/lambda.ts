import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { once } from '../environment.ts'

const client = once(() => new LambdaClient({}))

/** Hands a payload to a function version; Lambda runs it, and twice more if it fails. False: there is no such version. */
export async function invokeLater(functionArn: string, payload: unknown): Promise<boolean> {
  const Payload = Buffer.from(JSON.stringify(payload))
  const command = new InvokeCommand({ FunctionName: functionArn, InvocationType: 'Event', Payload })
  try {
    await client().send(command)
    return true
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false
    throw error
  }
}
