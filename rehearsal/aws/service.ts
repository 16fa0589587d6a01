/** Where the rehearsal pretends to be. The account is the one AWS uses in its own examples. */
export const REGION = 'eu-west-1'
export const GLOBAL_REGION = 'us-east-1'
export const ACCOUNT = '111122223333'

export function arn(service: string, resource: string, region = REGION): string {
  return `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`
}

/** Who signed a request: the role of a function, a state machine's role, or the operator. */
export interface Caller {
  principal: string
  /** For which region it was signed; undefined: for {@link REGION}. */
  region?: string
}

/**
 * One AWS service behind the gateway. The SDK client's own schemas parse and check the request and serialize the answer;
 * an operation says only what those schemas do not know (enums, ranges, cross-field rules) and what happens.
 */
export interface Service {
  /** The name in the signature's scope (`ecs`, `states`, …). */
  readonly signingName: string
  /** Signed for us-east-1 wherever it is used; the SDK does so by AWS's own addresses, not by an endpoint that it is given. */
  readonly isGlobal?: boolean
  /** Regions beside {@link REGION} in which it can be asked, and answers as that region's. */
  readonly elsewhere?: readonly string[]
  /** The SDK client's module namespace, from which the operation schemas (`UpdateService$`) are taken. */
  readonly sdk: object
  /** Operation name → what it does. Whatever is missing here is refused by name. */
  readonly operations: Operations
  /** Operation name → what its caller must be allowed. */
  readonly authorization: Authorization
}

/** One thing that a call must be allowed to do, by AWS's service authorization reference. */
export interface Access {
  action: string
  resource: string
  /** Condition keys that the service itself brings (`iam:PassedToService`, `ecs:cluster`, …). */
  context?: Readonly<Record<string, string | readonly string[]>>
}

/** Operation name → everything that the caller must be allowed, all of it; an operation that is missing here is refused by name. */
// biome-ignore lint/suspicious/noExplicitAny: as in `Operations`, each operation states the SDK's own type for its input.
export type Authorization = Record<string, (input: any, caller: Caller) => readonly Access[]>

// biome-ignore lint/suspicious/noExplicitAny: each operation states the SDK's own type for its input; a map of them has no common one.
export type Operations = Record<string, (input: any, caller: Caller) => Promise<object> | object>

/** An error as the service would send it; `name` is the error's shape name or, unmodeled, its wire code. */
export class AwsError extends Error {
  readonly statusCode: number
  /** Further members of the error's shape. */
  readonly members: Record<string, unknown>

  constructor(name: string, message: string, statusCode = 400, members: Record<string, unknown> = {}) {
    super(message)
    this.name = name
    this.statusCode = statusCode
    this.members = members
  }
}

/** An event before the bus has given it id, time, account and region. */
export interface Announcement {
  source: string
  'detail-type': string
  resources: string[]
  detail: Record<string, unknown>
}

/** What a service needs to announce something. */
export interface EventBus {
  publish(event: Announcement): void
}

/** Runs a deployed function and waits for its answer. `functionError` is set when the function itself failed; then `payload` is `{errorType, errorMessage, …}`. */
export interface FunctionHost {
  /** `caller`: the role that was assumed for it, whose policies must allow it. */
  invoke(functionArn: string, payload: unknown, caller?: Caller): Promise<Invocation>
  /** Accepts the payload as an asynchronous invocation: Lambda repeats it twice when the function fails (after 1 and 2 minutes). */
  invokeLater(functionArn: string, payload: unknown): void
}

export interface Invocation {
  payload: unknown
  functionError?: 'Handled' | 'Unhandled'
}

/** What a task can be started from: a registry's answer to a pull. */
export interface ImageStore {
  /** `image` is `<registry>/<repository>:<tag>` or `@<digest>`; throws an Error with the registry's words when it cannot be pulled. */
  pull(image: string): PulledImage
}

export interface PulledImage {
  /** The digest that was asked for, or that the tag stood for. */
  digest: string
  /** The folder that is the image's content. */
  folder: string
}

/** Writes a line to a CloudWatch log stream; the rehearsal keeps each stream as a file. */
export type LogWriter = (group: string, stream: string, line: string) => void
