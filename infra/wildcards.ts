import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/**
 * Says why a policy has to name resources by a pattern. cdk-nag refuses every pattern whose reason is not given, resource by
 * resource, so that a new one cannot slip in under an old excuse.
 */
export function explainWildcards(policy: IConstruct, resources: string[], reason: string): void {
  for (const resource of resources) {
    const id = `AwsSolutions-IAM5[Resource::${rendered(Stack.of(policy).resolve(resource))}]`
    if (id.includes('*')) Validations.of(policy).acknowledge({ id, reason })
  }
}

/** A resolved value as cdk-nag writes it: `<LogicalId>`, `<LogicalId.Attribute>`. */
function rendered(value: unknown): string {
  if (typeof value === 'string') return value
  const [[name, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]]
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]]
    return parts.map(rendered).join(separator)
  }
  throw new Error(`a policy names a resource by ${name}, which has no rendering here; add it`)
}
