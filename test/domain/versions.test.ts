import { describe, expect, test } from 'vitest'
import { functionsIn, unusedVersions, type Versions, wholeOf } from '../../domain/versions.ts'

const machine = (name: string) => `arn:aws:states:eu-west-1:111122223333:stateMachine:${name}`
const step = (name: string) => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`

/** `release:3` and `lock:2` as ARNs. */
function arnOf(short: string): string {
  const [name = '', number] = short.split(':')
  return `${['release', 'rollback'].includes(name) ? machine(name) : step(name)}:${number}`
}
const shortOf = (arn: string) => arn.split(':').slice(-2).join(':')

const calling = (...versions: string[]) => JSON.stringify({ States: versions.map(arnOf) })

/** Five deployments: each changed both machines and `lock`; `plan` was changed by the third alone. */
function found(change: Partial<Versions> = {}): Versions {
  const definitions = new Map(
    [1, 2, 3, 4, 5].flatMap(n => [
      [arnOf(`release:${n}`), calling(`lock:${n}`, `plan:${n < 3 ? 1 : 2}`, `rollback:${n}`)] as const,
      [arnOf(`rollback:${n}`), calling(`lock:${n}`, `restore:${n}`)] as const,
    ]),
  )
  const functions = [1, 2, 3, 4, 5].flatMap(n => [`lock:${n}`, `restore:${n}`])
  return {
    existing: [...[...functions, 'plan:1', 'plan:2'].map(arnOf), ...definitions.keys()],
    definitions,
    deployed: ['release:5', 'rollback:5'].map(arnOf),
    running: [],
    ...change,
  }
}

const unused = (change?: Partial<Versions>) => unusedVersions(found(change)).map(shortOf).toSorted()
const OLD = ['lock', 'release', 'restore', 'rollback'].flatMap(name => [1, 2, 3].map(n => `${name}:${n}`))

describe('of five deployments', () => {
  test('the newest two stay, with all that they call', () => {
    expect(unused()).toEqual([...OLD, 'plan:1'].toSorted())
  })

  test.each<[string, Partial<Versions>, string[]]>([
    [
      'what a release runs stays, and the rollback that it would start',
      { running: [{ version: arnOf('release:2'), definition: calling('lock:2', 'plan:1', 'rollback:2') }] },
      ['release:2', 'rollback:2', 'lock:2', 'restore:2', 'plan:1'],
    ],
    [
      'a rollback that a person started by no version keeps what its definition calls',
      { running: [{ definition: calling('lock:1', 'restore:1') }] },
      ['lock:1', 'restore:1'],
    ],
    [
      'what runs in a version that is gone already keeps what it calls',
      { running: [{ version: arnOf('release:0'), definition: calling('lock:3', 'plan:1', 'rollback:3') }] },
      ['lock:3', 'plan:1', 'rollback:3', 'restore:3'],
    ],
    [
      'what a stack that was rolled back starts stays, beside the newest two',
      { deployed: ['release:3', 'rollback:3'].map(arnOf) },
      ['release:3', 'rollback:3', 'lock:3', 'restore:3'],
    ],
  ])('%s', (_, change, stay) => {
    expect(unused(change)).toEqual([...OLD, 'plan:1'].filter(version => !stay.includes(version)).toSorted())
  })
})

test('what a deployment under way has published, and nobody names yet, stays', () => {
  const { existing } = found()
  expect(unused({ existing: [...existing, arnOf('lock:6'), arnOf('plan:3')] })).toEqual(unused())
})

test('what a deployment that failed left behind goes once a later one is there', () => {
  const definitions = new Map(['6', '7', '8'].map(n => [arnOf(`release:${n}`), calling(`lock:${n}`)]))
  const existing = ['lock:5', 'lock:6', 'lock:7', 'lock:8'].map(arnOf)
  const deployed = [arnOf('release:8')]
  expect(unusedVersions({ existing, definitions, deployed, running: [] }).map(shortOf)).toEqual(['lock:5', 'lock:6'])
})

test('ten comes after nine', () => {
  const definitions = new Map(['9', '10', '8'].map(n => [arnOf(`release:${n}`), calling(`lock:${n}`)]))
  const existing = [...definitions.keys()]
  const found = { existing, definitions, deployed: [arnOf('release:10')], running: [] }
  expect(unusedVersions(found).map(shortOf)).toEqual(['release:8'])
})

test('machines go before the functions that they call', () => {
  const kinds = unusedVersions(found()).map(version => (version.includes(':stateMachine:') ? 'machine' : 'function'))
  expect(kinds).toEqual(kinds.toSorted().toReversed())
})

test('one deployment alone loses nothing', () => {
  const definitions = new Map([[arnOf('release:1'), calling('lock:1')]])
  const existing = [arnOf('release:1'), arnOf('lock:1')]
  expect(unusedVersions({ existing, definitions, deployed: [arnOf('release:1')], running: [] })).toEqual([])
})

test('functions are found in definitions, each once', () => {
  expect(functionsIn([calling('lock:1', 'plan:1', 'rollback:1'), calling('lock:2')])).toEqual([
    step('lock'),
    step('plan'),
  ])
  expect(wholeOf(arnOf('release:12'))).toBe(machine('release'))
})
