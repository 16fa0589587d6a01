import type { DeleteFunctionRequest, InvocationRequest, ListVersionsByFunctionRequest } from '@aws-sdk/client-lambda'
import { type Authorization, arn } from '../service.ts'

export const LAMBDA_AUTHORIZATION: Authorization = {
  Invoke: ({ FunctionName, Qualifier }: InvocationRequest) => on('lambda:InvokeFunction', FunctionName, Qualifier),
  ListVersionsByFunction: ({ FunctionName }: ListVersionsByFunctionRequest) =>
    on('lambda:ListVersionsByFunction', FunctionName),
  DeleteFunction: ({ FunctionName, Qualifier }: DeleteFunctionRequest) =>
    on('lambda:DeleteFunction', FunctionName, Qualifier),
}

/** The function with the qualifier that the caller named, however it was named. */
function on(action: string, nameOrArn = '', qualifier?: string) {
  const named = nameOrArn.startsWith('arn:') ? nameOrArn : arn('lambda', `function:${nameOrArn}`)
  const isWhole = qualifier === undefined || named.endsWith(`:${qualifier}`)
  return [{ action, resource: isWhole ? named : `${named}:${qualifier}` }]
}
