import { z } from 'zod'
import { generatePassword } from '../../aws/secrets-manager/password.ts'
import { indifferent, type ResourceType, resource, text, truth, whole } from '../resource.ts'

const generate = z.strictObject({
  PasswordLength: whole.optional(),
  ExcludeCharacters: text.optional(),
  ExcludeLowercase: truth.optional(),
  ExcludeNumbers: truth.optional(),
  ExcludePunctuation: truth.optional(),
  ExcludeUppercase: truth.optional(),
  IncludeSpace: truth.optional(),
  RequireEachIncludedType: truth.optional(),
  SecretStringTemplate: text.optional(),
  GenerateStringKey: text.optional(),
})

const secret = z.strictObject({
  Name: text.optional(),
  Description: indifferent,
  SecretString: text.optional(),
  GenerateSecretString: generate.optional(),
  Tags: indifferent,
})

/** Secrets Manager. */
export const SECRETS: Readonly<Record<string, ResourceType>> = {
  'AWS::SecretsManager::Secret': resource(secret, (properties, { name, services }) => {
    const { SecretString, GenerateSecretString } = properties
    if (SecretString !== undefined && GenerateSecretString) {
      throw new Error('a secret has SecretString or GenerateSecretString, not both')
    }
    const secretName = name(properties.Name, 512)
    const value = GenerateSecretString ? generated(GenerateSecretString, secretName) : SecretString
    const created = services.secrets.createSecret({
      name: secretName,
      ...(typeof properties.Description === 'string' && { description: properties.Description }),
      ...(value !== undefined && { value }),
    })
    return { ref: created.arn, attributes: { Id: created.arn } }
  }),
}

function generated(options: z.output<typeof generate>, seed: string): string {
  const { SecretStringTemplate: template, GenerateStringKey: key } = options
  const password = generatePassword(options, seed)
  if (template === undefined && key === undefined) return password
  if (template === undefined || key === undefined) {
    throw new Error('SecretStringTemplate and GenerateStringKey go together')
  }
  return JSON.stringify({ ...JSON.parse(template), [key]: password })
}
