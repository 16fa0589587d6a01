import { describe, expect, test } from 'vitest'
import type { Service } from '../../domain/application.ts'
import { checkGroups, groupsOf } from '../../domain/groups.ts'

const service = (name: string): Service => ({
  service: name,
  container: 'app',
  image: 'app',
  strategy: 'rolling',
  taskDefinition: 'latest',
})
const [api, web, worker] = [service('api'), service('web'), service('worker')]
const services = [api, web, worker]
const names = (groups: Service[][]) => groups.map(group => group.map(each => each.service))

describe('the services of a stage change', () => {
  test('all at once where it has no groups', () => {
    expect(names(groupsOf({ services }))).toEqual([['api', 'web', 'worker']])
  })

  test('group by group where it has some, and within a group in the order of the file', () => {
    expect(names(groupsOf({ services, groups: [['worker', 'api'], ['web']] }))).toEqual([['api', 'worker'], ['web']])
  })
})

describe('groups', () => {
  test.each<[string, string[][] | undefined, string[]]>([
    ['need not be', undefined, []],
    ['hold every service once', [['api'], ['web', 'worker']], []],
    [
      'hold no service of another stage',
      [['api', 'web', 'worker', 'admin']],
      ['groups.0.3 admin is not a service of this stage; write one of api, web, worker'],
    ],
    [
      'hold no service twice',
      [
        ['api', 'web'],
        ['worker', 'api'],
      ],
      ['groups.1.1 api is in a group already; list it once'],
    ],
    [
      'hold no service twice within one either',
      [['api', 'api', 'web', 'worker']],
      ['groups.0.1 api is in a group already; list it once'],
    ],
    ['leave no service out', [['web']], ['groups web names no place for api, worker; add it to a group']],
  ])('%s', (_, groups, refusals) => {
    const said: string[] = []
    checkGroups({ services, groups }, (path, input, message) => said.push(`${path.join('.')} ${input} ${message}`))
    expect(said).toEqual(refusals)
  })
})
