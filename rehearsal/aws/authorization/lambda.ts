import type { DeleteFunctionRequest, InvocationRequest, ListVersionsByFunctionRequest } from '@aws-sdk/client-lambda'
import { type Authorization, arn } from '../service.ts'

export const LAMBDA_AUTHORIZATION: Authorization = {
  Invoke: ({ FunctionName, Qualifier }: InvocationRequest) => on('lambda:InvokeFunction', FunctionName, Qualifier),
  DeleteFunction: ({ FunctionName, Qualifier }: DeleteFunctionRequest) =>
    on('lambda:DeleteFunction', FunctionName, Qualifier),
  ListVersionsByFunction: ({ FunctionName }: ListVersionsByFunctionRequest) =>
    on('lambda:ListVersionsByFunction', FunctionName),
}

/** The function with the qualifier that the caller named, however it was named. */
function on(action: string, functionName = '', qualifier?: string) {
  const named = functionName.startsWith('arn:') ? functionName : arn('lambda', `function:${functionName}`)
  const isQualified = qualifier === undefined || named.endsWith(`:${qualifier}`)
  return [{ action, resource: isQualified ? named : `${named}:${qualifier}` }]
}
