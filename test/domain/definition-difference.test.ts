import { describe, expect, test } from 'vitest'
import type { Difference } from '../../domain/approval.ts'
import { differences } from '../../domain/definition-difference.ts'

const container = (name: string, more: object = {}) => ({ name, image: `${name}:1`, ...more })
const definition = (more: object = {}) => ({ family: 'demo', containerDefinitions: [container('api')], ...more })
const containers = (...containerDefinitions: object[]) => definition({ containerDefinitions })
const withVariables = (...environment: object[]) => containers(container('api', { environment }))
const variable = (name: string, value: string) => ({ name, value })

test('two task definitions that say the same differ in nothing, in whatever order they say it', () => {
  const [a, b] = [variable('A', '1'), variable('B', '2')]
  expect(differences(withVariables(a, b), withVariables(b, a))).toEqual([])
  expect(differences({ cpu: '256', family: 'demo' }, { family: 'demo', cpu: '256' })).toEqual([])
})

describe('a difference is told by the one value that differs:', () => {
  test.each<[string, object, object, Difference[]]>([
    ['a text', { cpu: '256' }, { cpu: '512' }, [{ path: 'cpu', from: '256', to: '512' }]],
    ['a number', { size: 20 }, { size: 30 }, [{ path: 'size', from: '20', to: '30' }]],
    ['a switch', { essential: true }, { essential: false }, [{ path: 'essential', from: 'true', to: 'false' }]],
    ['what is new', {}, { cpu: '512' }, [{ path: 'cpu', to: '512' }]],
    ['what is gone', { cpu: '256' }, {}, [{ path: 'cpu', from: '256' }]],
    [
      'an image of a container, by the name of the container',
      definition(),
      containers(container('api', { image: 'api:2' })),
      [{ path: 'containerDefinitions.api.image', from: 'api:1', to: 'api:2' }],
    ],
    [
      'a variable, by its name',
      withVariables(variable('LEVEL', 'info')),
      withVariables(variable('LEVEL', 'debug')),
      [{ path: 'containerDefinitions.api.environment.LEVEL', from: 'info', to: 'debug' }],
    ],
    [
      'a variable that is new before the others, which stay where they are',
      withVariables(variable('B', '2')),
      withVariables(variable('A', '1'), variable('B', '2')),
      [{ path: 'containerDefinitions.api.environment.A', to: '1' }],
    ],
    [
      'a variable without a value',
      withVariables(variable('A', '1')),
      withVariables(variable('A', '')),
      [{ path: 'containerDefinitions.api.environment.A', from: '1', to: '' }],
    ],
    [
      'a secret, by its name and what it is read from',
      containers(container('api', { secrets: [{ name: 'KEY', valueFrom: 'arn:one' }] })),
      containers(container('api', { secrets: [{ name: 'KEY', valueFrom: 'arn:two' }] })),
      [{ path: 'containerDefinitions.api.secrets.KEY.valueFrom', from: 'arn:one', to: 'arn:two' }],
    ],
    [
      'a container that is added before another',
      definition(),
      containers(container('proxy', { cpu: 64 }), container('api')),
      [
        { path: 'containerDefinitions.proxy.cpu', to: '64' },
        { path: 'containerDefinitions.proxy.image', to: 'proxy:1' },
      ],
    ],
    [
      'a container that is taken away',
      containers(container('proxy'), container('api')),
      definition(),
      [{ path: 'containerDefinitions.proxy.image', from: 'proxy:1' }],
    ],
    [
      'an entry of a list without names, by its place',
      { command: ['serve', '80'] },
      { command: ['serve', '81', '--fast'] },
      [
        { path: 'command.1', from: '80', to: '81' },
        { path: 'command.2', to: '--fast' },
      ],
    ],
    ['a list that is empty now', { command: ['serve'] }, { command: [] }, [{ path: 'command.0', from: 'serve' }]],
    [
      'the first variable where there was none',
      withVariables(),
      withVariables(variable('A', '1')),
      [{ path: 'containerDefinitions.api.environment.A', to: '1' }],
    ],
  ])('%s', (_, from, to, told) => {
    expect(differences(from, to)).toEqual(told)
  })
})

describe('what says nothing by itself is still a difference:', () => {
  test.each<[string, object, object, Difference[]]>([
    ['a mapping that is there, though empty', {}, { proxy: {} }, [{ path: 'proxy', to: '{}' }]],
    ['a list that is there, though empty', { command: [] }, {}, [{ path: 'command', from: '[]' }]],
    [
      'a container that has nothing but its name',
      containers(container('api')),
      containers(container('api'), { name: 'idle' }),
      [{ path: 'containerDefinitions.idle', to: '{}' }],
    ],
  ])('%s', (_, from, to, told) => {
    expect(differences(from, to)).toEqual(told)
  })
})

test('of two entries that share a name, none hides the other', () => {
  const limits = (...softLimits: number[]) => ({
    ulimits: softLimits.map(softLimit => ({ name: 'nofile', softLimit })),
  })
  expect(differences(limits(1, 2), limits(9, 2))).toEqual([{ path: 'ulimits.nofile.softLimit', from: '1', to: '9' }])
  expect(differences(limits(1, 2), limits(1, 9))).toEqual([{ path: 'ulimits.1.softLimit', from: '2', to: '9' }])
})
