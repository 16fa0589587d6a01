import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ACCOUNT, REGION } from '../aws/service.ts'
import { demandTakable } from './quotas.ts'

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      displayName: z.string().optional(),
      properties: z.object({ templateFile: z.string(), stackName: z.string(), file: z.string() }).partial().default({}),
    }),
  ),
})

const assetManifest = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
})

const named = <T extends z.ZodType>(of: T) => z.record(z.string(), of)

const template = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Mappings: z.unknown().optional(),
  Rules: z.unknown().optional(),
  Parameters: named(z.object({ Type: z.string(), Default: z.unknown().optional() })).default({}),
  Conditions: named(z.unknown()).default({}),
  Resources: named(
    z.strictObject({
      Type: z.string(),
      Properties: named(z.unknown()).default({}),
      DependsOn: z.union([z.string().transform(id => [id]), z.array(z.string())]).default([]),
      Condition: z.string().optional(),
      Metadata: z.unknown().optional(),
      DeletionPolicy: z.enum(['Delete', 'Retain', 'RetainExceptOnCreate']).optional(),
      UpdateReplacePolicy: z.string().optional(),
    }),
  ),
  Outputs: named(z.object({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
})

export type Template = z.infer<typeof template>

export interface Assembly {
  stackName: string
  template: Template
  /** Object key in the assets' bucket → file or folder. */
  assets: ReadonlyMap<string, string>
}

/** Reads the one stack of a cloud assembly (`cdk.out`). */
export function readAssembly(directory: string): Assembly {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'))
  const artifacts = Object.entries(manifest.parse(read('manifest.json')).artifacts)
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack')
  const [stack] = stacks
  if (!stack || stacks.length > 1)
    throw new Error(`the assembly has not one stack but: ${stacks.map(([id]) => id).join(', ') || 'none'}`)
  const [id, { properties, displayName, environment }] = stack
  demandEnvironment(id, environment)
  if (!properties.templateFile) throw new Error(`stack ${id} has no template`)
  const manifests = artifacts.filter(([, { type }]) => type === 'cdk:asset-manifest')
  const files = manifests.flatMap(([, { properties: own }]) =>
    own.file ? Object.values(assetManifest.parse(read(own.file)).files) : [],
  )
  const text = readFileSync(join(directory, properties.templateFile), 'utf8')
  return {
    stackName: properties.stackName ?? displayName ?? id,
    template: demandTakable(text, template.parse(JSON.parse(text))),
    assets: new Map(
      files.flatMap(({ source, destinations }) =>
        Object.values(destinations).map(({ objectKey }) => [objectKey, join(directory, source.path ?? '')] as const),
      ),
    ),
  }
}

/** Literal ARNs of another account or region would lead nowhere here. */
function demandEnvironment(id: string, environment = 'aws://unknown-account/unknown-region'): void {
  const [account, region] = environment.replace('aws://', '').split('/')
  const fits = ['unknown-account', ACCOUNT].includes(account ?? '') && ['unknown-region', REGION].includes(region ?? '')
  if (!fits) throw new Error(`stack ${id} was synthesized for ${environment}, not for any account and region`)
}
