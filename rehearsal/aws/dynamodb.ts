import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import * as sdk from '@aws-sdk/client-dynamodb'
import type { Clock } from '../clock.ts'
import { DYNAMODB_AUTHORIZATION } from './authorization/dynamodb.ts'
import { ACCOUNT, AwsError, REGION, type Service } from './service.ts'
import { notRehearsed } from './wire/endpoint.ts'
import type { WireRequest, WireResponse } from './wire/protocol.ts'
import { isRecord } from './wire/shape.ts'

export interface Dynamo {
  /** The model alone; what the operations do is dynalite's. */
  service: Service
  /** Answers a request as DynamoDB does, where `demand` does not throw for it; throws for what dynalite would silently not do. */
  forward(
    request: WireRequest,
    demand: (operation: string, input: Record<string, unknown>) => void,
  ): Promise<WireResponse>
  /** Resolves when the table is ACTIVE. */
  createTable(input: sdk.CreateTableCommandInput): Promise<void>
}

const require = createRequire(import.meta.url)

/** Of a table, what makes no difference to those who use it. */
const INDIFFERENT = ['DeletionProtectionEnabled', 'SSESpecification', 'TableClass', 'Tags']

export function createDynamo({ clock }: { clock: Clock }): Dynamo {
  const server = startDynalite()

  async function ask(operation: string, input: object): Promise<Record<string, unknown>> {
    const { status, body } = await emit(server, {
      method: 'POST',
      url: new URL('http://dynamodb/'),
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': 'now',
        authorization: 'AWS4-HMAC-SHA256 Credential=loader, SignedHeaders=host, Signature=none',
      },
      body: Buffer.from(JSON.stringify(input)),
    })
    const answer = JSON.parse(String(body))
    if (status !== 200) throw new AwsError(String(answer.__type).split('#').at(-1) ?? '', answer.message, status)
    return answer
  }

  return {
    service: { signingName: 'dynamodb', sdk, operations: {}, authorization: DYNAMODB_AUTHORIZATION },
    async forward(request, demand) {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      const input = parsed(request.body)
      if (isRecord(input)) {
        refuseUnsupported(operation, input)
        if (`${operation}Command` in sdk) demand(operation, input)
      }
      return emit(server, request)
    },
    createTable: input =>
      clock.during(`create table ${input.TableName}`, async () => {
        const known = Object.entries(input).filter(([name]) => !INDIFFERENT.includes(name))
        refuseUnsupported('CreateTable', Object.fromEntries(known))
        await ask('CreateTable', Object.fromEntries(known))
        for (;;) {
          const { Table } = (await ask('DescribeTable', { TableName: input.TableName })) as sdk.DescribeTableOutput
          if (Table?.TableStatus === 'ACTIVE') return
          await new Promise(setImmediate)
        }
      }),
  }
}

function startDynalite(): Server {
  const dynalite = require('dynalite') as (options: object) => Server
  // dynalite takes the account and region of its ARNs from the environment, once, when it is created.
  const { AWS_ACCOUNT_ID, AWS_REGION } = process.env
  Object.assign(process.env, { AWS_ACCOUNT_ID: ACCOUNT, AWS_REGION: REGION })
  try {
    return dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  } finally {
    restore('AWS_ACCOUNT_ID', AWS_ACCOUNT_ID)
    restore('AWS_REGION', AWS_REGION)
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

/** Runs dynalite's request handler without a socket of its own. */
function emit(server: Server, { method, url, headers, body }: WireRequest): Promise<WireResponse> {
  return new Promise(resolve => {
    const req = Object.assign(new EventEmitter(), { method, url: url.pathname + url.search, headers })
    const sent: Record<string, string> = {}
    const res = {
      statusCode: 200,
      setHeader: (name: string, value: unknown) => {
        sent[name.toLowerCase()] = String(value)
      },
      end: (answer = '') => {
        const { 'x-amzn-requestid': _its, ...others } = sent
        resolve({ status: res.statusCode, headers: others, body: answer })
      },
    }
    server.emit('request', req, res)
    req.emit('data', body)
    req.emit('end')
  })
}

/** dynalite ignores members that it does not know; who asks for one must not believe that it was heeded. */
function refuseUnsupported(operation: string, input: Record<string, unknown>): void {
  if (!(`${operation}Command` in sdk)) return
  const heeded = supportedMembers(operation)
  if (!heeded) throw notRehearsed(`dynamodb:${operation}`)
  const schema = (sdk as Record<string, unknown>)[`${operation}Input$`] as [...unknown[]]
  const members = schema[4] as string[]
  const unheeded = Object.keys(input).find(
    name => members.includes(name) && !heeded.includes(name) && input[name] !== 'NONE',
  )
  if (unheeded) throw notRehearsed(`dynamodb:${operation} with ${unheeded}`)
}

const supported = new Map<string, string[] | undefined>()

function supportedMembers(operation: string): string[] | undefined {
  if (!supported.has(operation)) supported.set(operation, membersOf(operation))
  return supported.get(operation)
}

function membersOf(operation: string): string[] | undefined {
  const file = `dynalite/validations/${operation.charAt(0).toLowerCase()}${operation.slice(1)}.js`
  try {
    return Object.keys((require(file) as { types: object }).types)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** A body that is not JSON is left for dynalite to refuse. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
