import type * as sdk from '@aws-sdk/client-lambda'
import { range } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { type Functions, functionArn, invalid } from './functions.ts'

/** Lambda answers no more at once, whatever a caller asks for. */
const LARGEST_PAGE = 50

/** The operations on a function's versions. */
export function versionOperations(functions: Functions) {
  return {
    ListVersionsByFunction(input: sdk.ListVersionsByFunctionRequest): sdk.ListVersionsByFunctionResponse {
      const { FunctionName = '', Marker: marker, MaxItems: most = LARGEST_PAGE } = input
      range('maxItems', most, 1, 10_000)
      const all = functions.versionsOf(FunctionName)
      const from = marker === undefined ? 0 : Number(marker)
      if (!(from >= 0 && from <= all.length)) throw invalid('Invalid marker')
      const to = from + Math.min(most, LARGEST_PAGE)
      const Versions = all.slice(from, to).map(({ name, version, handler, timeout, memorySize, codeSha }) => ({
        ...{ FunctionName: name, FunctionArn: functionArn(name, version), Version: version },
        ...{ Handler: handler, Timeout: timeout, MemorySize: memorySize, CodeSha256: codeSha },
      }))
      return { Versions, ...(to < all.length && { NextMarker: String(to) }) }
    },

    DeleteFunction({ FunctionName = '', Qualifier }: sdk.DeleteFunctionRequest): sdk.DeleteFunctionResponse {
      if (Qualifier === undefined && !/function:[^:]+:[^:]+$|^[^:]+:[^:]+$/.test(FunctionName))
        throw notRehearsed('lambda:DeleteFunction without a version')
      functions.deleteVersion(FunctionName, Qualifier)
      return { StatusCode: 204 }
    },
  }
}
