import * as sdk from '@aws-sdk/client-ssm'
import type { Clock } from '../clock.ts'
import { parameterArn, SSM_AUTHORIZATION } from './authorization/ssm.ts'
import { AwsError, type Service } from './service.ts'
import { length, oneOf } from './wire/constraints.ts'
import { notRehearsed } from './wire/endpoint.ts'

interface Version {
  value: string
  number: number
  at: number
}

export interface Parameters extends Service {
  /** Every version that SSM still keeps, oldest first; none where there is no such parameter. */
  versions(name: string): readonly Version[]
}

const VERSIONS_KEPT = 100
const LARGEST_BYTES = 4_096
const LONGEST_NAME = 1_011
const MOST_LEVELS = 15
/** What an ARN has before the name. */
const ARN = /^arn:aws:ssm:[^:]*:\d*:parameter/
const GIVEN = ['Name', 'Description', 'Value', 'Type', 'Overwrite']

/** Parameters in the clear, of the standard tier. */
export function createSsm({ clock }: { clock: Clock }): Parameters {
  const parameters = new Map<string, { name: string; type: sdk.ParameterType; versions: Version[] }>()
  const newest = ({ versions }: { versions: Version[] }) => versions.at(-1)

  return {
    signingName: 'ssm',
    sdk,
    authorization: SSM_AUTHORIZATION,
    versions: name => parameters.get(parameterArn(name))?.versions ?? [],
    operations: {
      GetParameter({ Name = '' }: sdk.GetParameterRequest): sdk.GetParameterResult {
        if (/.:/.test(Name.replace(ARN, ''))) throw notRehearsed(`ssm:GetParameter with ${Name}, a version or a label`)
        const found = parameters.get(parameterArn(Name))
        const version = found && newest(found)
        if (!version) throw new AwsError('ParameterNotFound', '')
        return {
          Parameter: {
            Name: found.name,
            Type: found.type,
            Value: version.value,
            Version: version.number,
            LastModifiedDate: new Date(version.at),
            ARN: parameterArn(found.name),
            DataType: 'text',
          },
        }
      },

      PutParameter(input: sdk.PutParameterRequest): sdk.PutParameterResult {
        const unknown = Object.keys(input).find(member => !GIVEN.includes(member))
        if (unknown) throw notRehearsed(`ssm:PutParameter with ${unknown}`)
        const { Name = '', Value = '', Type, Overwrite = false } = input
        checkName(Name)
        oneOf('type', Type, sdk.ParameterType)
        length('value', Value, 1, Number.MAX_SAFE_INTEGER)
        if (Buffer.byteLength(Value) > LARGEST_BYTES)
          throw invalid('Standard tier parameters support a maximum parameter value of 4096 characters.')
        const known = parameters.get(parameterArn(Name))
        if (known && !Overwrite)
          throw new AwsError(
            'ParameterAlreadyExists',
            'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
          )
        const type = Type ?? known?.type
        if (!type) throw invalid('A parameter type is required when you create a parameter.')
        if (type === 'SecureString') throw notRehearsed('ssm:PutParameter with a SecureString')
        if (known && known.type !== type)
          throw new AwsError(
            'HierarchyTypeMismatchException',
            'Parameter Store does not support changing a parameter type in a hierarchy.',
          )
        const parameter = known ?? { name: Name, type, versions: [] }
        const number = (newest(parameter)?.number ?? 0) + 1
        parameter.versions = [...parameter.versions, { value: Value, number, at: clock.now() }].slice(-VERSIONS_KEPT)
        parameters.set(parameterArn(Name), parameter)
        return { Version: number, Tier: 'Standard' }
      },
    },
  }
}

function checkName(name: string): void {
  if (/^\/?(aws|ssm)/i.test(name))
    throw invalid('Parameter name: can\'t be prefixed with "ssm" or "aws" (case-insensitive).')
  const isQualified = name.startsWith('/') || !name.includes('/')
  if (!isQualified) throw invalid('Parameter name must be a fully qualified name.')
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || /\/$|\/\//.test(name))
    throw invalid('Parameter name: only a mix of letters, numbers and the following 4 symbols .-_/ is allowed.')
  if (parameterArn(name).length > LONGEST_NAME)
    throw invalid(`Parameter name: the fully qualified name must be at most ${LONGEST_NAME} characters.`)
  if (name.split('/').length - 1 > MOST_LEVELS)
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${MOST_LEVELS} levels.`,
    )
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
