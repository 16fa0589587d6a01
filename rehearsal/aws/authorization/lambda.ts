import type { InvocationRequest } from '@aws-sdk/client-lambda'
import { type Authorization, arn } from '../service.ts'

/** The function with the qualifier that the caller named, however it was named. */
export const LAMBDA_AUTHORIZATION: Authorization = {
  Invoke({ FunctionName = '', Qualifier }: InvocationRequest) {
    const named = FunctionName.startsWith('arn:') ? FunctionName : arn('lambda', `function:${FunctionName}`)
    const isQualified = Qualifier === undefined || named.endsWith(`:${Qualifier}`)
    return [{ action: 'lambda:InvokeFunction', resource: isQualified ? named : `${named}:${Qualifier}` }]
  },
}
