import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startRehearsal } from '../../../rehearsal/index.ts'
import { ROLE, writeAssembly } from './assembly-for-tests.ts'

let logDir: string
beforeEach(() => {
  logDir = mkdtempSync(join(tmpdir(), 'quotas-'))
})
afterEach(() => rmSync(logDir, { recursive: true }))

const many = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n))
const named = (resources: object[]) => Object.fromEntries(resources.map((resource, n) => [`Resource${n}`, resource]))

/** A document of one statement that has so many characters. */
function ofLength(characters: number, statement: object = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }) {
  const named = (Sid: string) => ({ Statement: [{ ...statement, Sid }] })
  return named('x'.repeat(characters - JSON.stringify(named('')).length))
}
const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }

const policy = (type: 'Policy' | 'ManagedPolicy', characters: number) => ({
  Type: `AWS::IAM::${type}`,
  Properties: {
    ...(type === 'Policy' && { PolicyName: 'more' }),
    PolicyDocument: ofLength(characters),
    Roles: [{ Ref: 'Role' }],
  },
})
const bare = { ...ROLE, Properties: { ...ROLE.Properties, Policies: [] } }
const trusting = (characters: number) => ({
  ...bare,
  Properties: { ...bare.Properties, AssumeRolePolicyDocument: ofLength(characters, trust) },
})
const queue = { Type: 'AWS::SQS::Queue', Properties: {} }
const output = { Value: 'x' }

async function deploy(template: object): Promise<void> {
  const { directory, remove } = writeAssembly(template)
  onTestFinished(remove)
  const rehearsal = await startRehearsal({ assembly: directory, drive: 'jump', logDir })
  await rehearsal.stop()
}

test.each<[string, object, object, string]>([
  [
    'the policies in a role',
    { Resources: { Role: bare, One: policy('Policy', 5_120), Other: policy('Policy', 5_120) } },
    { Resources: { Role: bare, One: policy('Policy', 5_120), Other: policy('Policy', 5_121) } },
    'Other (AWS::IAM::Policy): Maximum policy size of 10240 bytes exceeded for role Demo-Role-',
  ],
  [
    'a managed policy',
    { Resources: { Role: bare, One: policy('ManagedPolicy', 6_144) } },
    { Resources: { Role: bare, One: policy('ManagedPolicy', 6_145) } },
    'Cannot exceed quota for PolicySize: 6144',
  ],
  [
    'how many managed policies a role has',
    { Resources: { Role: bare, ...named(many(10, () => policy('ManagedPolicy', 200))) } },
    { Resources: { Role: bare, ...named(many(11, () => policy('ManagedPolicy', 200))) } },
    'Cannot exceed quota for PoliciesPerRole: 10',
  ],
  [
    'who may assume a role',
    { Resources: { Role: trusting(2_048) } },
    { Resources: { Role: trusting(2_049) } },
    'Cannot exceed quota for ACLSizePerRole: 2048',
  ],
  [
    'the resources of a stack',
    { Resources: named(many(500, () => queue)) },
    { Resources: named(many(501, () => queue)) },
    'Template format error: Number of resources, 501, is greater than maximum allowed, 500',
  ],
  [
    'the outputs of a stack',
    { Resources: { Queue: queue }, Outputs: Object.fromEntries(many(200, n => [`Output${n}`, output])) },
    { Resources: { Queue: queue }, Outputs: Object.fromEntries(many(201, n => [`Output${n}`, output])) },
    'Template format error: Number of outputs, 201, is greater than maximum allowed, 200',
  ],
  [
    'a template',
    { Resources: { Queue: queue }, Description: 'x'.repeat(999_900) },
    { Resources: { Queue: queue }, Description: 'é'.repeat(500_000) },
    'Template may not exceed 1000000 bytes in size.',
  ],
])('%s: so much is taken, and no more', async (_, taken, refused, message) => {
  await deploy(taken)
  await expect(deploy(refused)).rejects.toThrow(message)
})
