import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Written {
  directory: string
  remove(): void
}

/** A cloud assembly of one stack, as `cdk synth` leaves it; `code` is asset name → file → content. */
export function writeAssembly(
  template: object,
  code: Record<string, Record<string, string>> = {},
  environment = 'aws://unknown-account/unknown-region',
  stackName = 'Demo',
): Written {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'))
  const write = (file: string, content: unknown) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  write('manifest.json', {
    version: '55.0.0',
    artifacts: {
      'Demo.assets': { type: 'cdk:asset-manifest', properties: { file: 'Demo.assets.json' } },
      Demo: {
        type: 'aws:cloudformation:stack',
        environment,
        properties: { templateFile: 'Demo.template.json', stackName },
      },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  })
  const files = Object.keys(code).map(hash => [
    hash,
    {
      source: { path: `asset.${hash}`, packaging: 'zip' },
      destinations: { here: { bucketName: 'assets', objectKey: `${hash}.zip` } },
    },
  ])
  write('Demo.assets.json', { version: '55.0.0', files: Object.fromEntries(files) })
  write('Demo.template.json', template)
  for (const [hash, contents] of Object.entries(code))
    for (const [file, content] of Object.entries(contents)) write(`asset.${hash}/${file}`, content)
  return { directory, remove: () => rmSync(directory, { recursive: true }) }
}

/** A role that functions and machines can have, and that may do everything: for tests of something else. */
export const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: ['lambda.amazonaws.com', 'states.amazonaws.com'] },
          Action: 'sts:AssumeRole',
        },
      ],
    },
    Policies: [
      { PolicyName: 'everything', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
    ],
  },
}
