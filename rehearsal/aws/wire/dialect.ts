import type { AccessDenied } from '../iam/denied.ts'
import type { Flaw } from '../iam/signature.ts'
import { AwsError } from '../service.ts'
import type { ConstraintViolation } from './constraints.ts'
import type { ClientModel } from './model.ts'

/** How a service says what every service says, each in its own way. */
export interface Dialect {
  /** The error for a value that breaks the model's constraints. */
  violation(violation: ConstraintViolation): AwsError
  illTyped: string
  unknownKey: AwsError
  /** The error for a signature that is not the key's. */
  flawed(flaw: Flaw): AwsError
  denied(error: AccessDenied): AwsError
  throttled: AwsError
  /** Something is wrong within the service, and nothing was done. */
  internal: AwsError
  unknownOperation(named: string): AwsError
}

/** What a protocol settles; the rest is a service's own. */
type Usual = Omit<Dialect, 'internal'>

const INVALID_TOKEN = 'The security token included in the request is invalid.'

const named =
  (name: string) =>
  ({ message }: ConstraintViolation) =>
    new AwsError(name, message)

/** The names of {@link Flaw}s, which differ with the protocol more than their messages do. */
type FlawNames = Readonly<Record<Flaw['kind'], string>>

const flawed =
  (names: FlawNames, status: number) =>
  ({ kind, message }: Flaw) =>
    new AwsError(names[kind], message, status)

const JSON_FLAWS: FlawNames = {
  incomplete: 'InvalidSignatureException',
  stale: 'InvalidSignatureException',
  wrong: 'InvalidSignatureException',
  'wrong-payload': 'InvalidSignatureException',
}
const QUERY_FLAWS: FlawNames = {
  incomplete: 'IncompleteSignature',
  stale: 'SignatureDoesNotMatch',
  wrong: 'SignatureDoesNotMatch',
  'wrong-payload': 'SignatureDoesNotMatch',
}
const S3_FLAWS: FlawNames = {
  incomplete: 'AccessDenied',
  stale: 'RequestTimeTooSkewed',
  wrong: 'SignatureDoesNotMatch',
  'wrong-payload': 'XAmzContentSHA256Mismatch',
}

const deniedAs =
  (name: string) =>
  ({ message }: AccessDenied) =>
    new AwsError(name, message, 403)

function json(): Usual {
  return {
    violation: violation => violation,
    illTyped: 'SerializationException',
    unknownKey: new AwsError('UnrecognizedClientException', INVALID_TOKEN),
    flawed: flawed(JSON_FLAWS, 400),
    denied: error => error,
    throttled: new AwsError('ThrottlingException', 'Rate exceeded'),
    unknownOperation: () => new AwsError('UnknownOperationException', ''),
  }
}

function query(model: ClientModel): Usual {
  return {
    violation: named('ValidationError'),
    illTyped: 'MalformedInput',
    unknownKey: new AwsError('InvalidClientTokenId', INVALID_TOKEN, 403),
    flawed: flawed(QUERY_FLAWS, 403),
    denied: deniedAs('AccessDenied'),
    throttled: new AwsError('Throttling', 'Rate exceeded'),
    unknownOperation: operation =>
      new AwsError('InvalidAction', `Could not find operation ${operation} for version ${model.version}`),
  }
}

/** What the services' models call an error of their own, where they name it. */
const INTERNAL: Record<string, AwsError> = {
  dynamodb: failed('InternalServerError'),
  ecr: failed('ServerException'),
  ecs: failed('ServerException'),
  events: failed('InternalException'),
  iam: failed('ServiceFailureException'),
  lambda: failed('ServiceException', 500, { Type: 'Service' }),
  logs: failed('ServiceUnavailableException', 503),
  monitoring: failed('InternalServiceFault'),
  s3: failed('InternalError'),
  secretsmanager: failed('InternalServiceError'),
  sns: failed('InternalErrorException'),
  ssm: failed('InternalServerError'),
}

function failed(name: string, status = 500, members?: Record<string, unknown>): AwsError {
  return new AwsError(name, 'The request has failed because of an internal error.', status, members)
}

/** What differs from the protocol's usual. ECS's name for these is our choice: its documents name no other for invalid parameters. */
const PECULIAR: Record<string, Partial<Dialect>> = {
  cloudfront: {
    violation: named('InvalidArgument'),
    unknownKey: new AwsError('InvalidClientTokenId', INVALID_TOKEN, 403),
    flawed: flawed(QUERY_FLAWS, 403),
    denied: deniedAs('AccessDenied'),
    throttled: new AwsError('Throttling', 'Rate exceeded'),
  },
  ecs: { violation: named('InvalidParameterException') },
  ecr: { violation: ecrViolation },
  logs: { violation: named('InvalidParameterException') },
  s3: {
    unknownKey: new AwsError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      403,
    ),
    flawed: flawed(S3_FLAWS, 403),
    denied: deniedAs('AccessDenied'),
    throttled: new AwsError('SlowDown', 'Please reduce your request rate.', 503),
  },
  sns: {
    denied: deniedAs('AuthorizationErrorException'),
    throttled: new AwsError('ThrottledException', 'Rate exceeded', 429),
  },
  sqs: { violation: sqsViolation, throttled: new AwsError('RequestThrottled', 'Request is throttled.', 403) },
  lambda: {
    unknownKey: new AwsError('UnrecognizedClientException', INVALID_TOKEN, 403),
    flawed: flawed(JSON_FLAWS, 403),
    denied: deniedAs('AccessDeniedException'),
    throttled: new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason: 'CallerRateLimitExceeded' }),
    unknownOperation: () => new AwsError('UnknownOperationException', '', 404),
  },
}

export function dialectOf(signingName: string, model: ClientModel): Dialect {
  const usual = model.protocol.endsWith('awsQuery') ? query(model) : json()
  return { ...usual, internal: INTERNAL[signingName] ?? failed('InternalFailure'), ...PECULIAR[signingName] }
}

function ecrViolation({ violations }: ConstraintViolation): AwsError {
  const [first] = violations
  const constraint = (first?.constraint ?? '')
    .replace(/^Member (?!must satisfy enum)/, '')
    .replace(/regular expression pattern: (.*)$/, "regular expression '$1'")
  return new AwsError(
    'InvalidParameterException',
    `Invalid parameter at '${first?.path}' failed to satisfy constraint: '${constraint}'`,
  )
}

/** Its operations say themselves what is wrong with a value; what is left is what is missing. */
function sqsViolation({ violations }: ConstraintViolation): AwsError {
  const path = violations[0]?.path ?? ''
  const name = path.charAt(0).toUpperCase() + path.slice(1)
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}.`)
}
