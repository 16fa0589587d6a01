import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { once } from '../environment.ts'

const client = once(() => new LambdaClient({}))

/** Hands a payload to a function version; Lambda runs it, and twice more if it fails. */
export async function invokeLater(functionArn: string, payload: unknown): Promise<void> {
  await client().send(
    new InvokeCommand({
      FunctionName: functionArn,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  )
}
