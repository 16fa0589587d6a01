import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import * as z from 'zod'
import type { Reached } from './reach.ts'

/** What start-release answers for each application that it was asked for. */
const answers = z.array(
  z.discriminatedUnion('kind', [
    z.object({ app: z.string(), kind: z.literal('started'), release: z.string(), attempt: z.int() }),
    z.object({ app: z.string(), kind: z.literal('already-released'), because: z.string() }),
    z.object({ app: z.string(), kind: z.literal('incomplete'), missing: z.array(z.string()) }),
    z.object({ app: z.string(), kind: z.literal('settling'), until: z.number(), because: z.string() }),
    z.object({ app: z.string(), kind: z.literal('refused'), because: z.string() }),
  ]),
)
export type Answers = z.infer<typeof answers>

/** Has start-release do what this document asks for, and resolves with what it answers. */
export async function askStartRelease(event: object, { installation }: Reached): Promise<Answers> {
  const Payload = Buffer.from(JSON.stringify(event))
  const answer = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: installation.startRelease, Payload }),
  )
  const text = answer.Payload?.transformToString() ?? ''
  if (answer.FunctionError) throw new Error(`${installation.startRelease} failed: ${text}`)
  return answers.parse(JSON.parse(text))
}

/** Says that a release runs, and how to see it. */
export function startedLines(
  { app, release, attempt }: { app: string; release: string; attempt: number },
  tag: string,
) {
  return [
    `release ${release} of ${app} ${tag} has started, attempt ${attempt}`,
    `to see it: npm run -s sluice -- watch ${app}`,
  ]
}
