import { expect, test } from 'vitest'
import { whyAnothers } from '../../domain/installation.ts'
import { lackTold } from '../../domain/lack.ts'

const serviceArn = 'arn:aws:ecs:eu-west-1:111122223333:service/shop/api'
const tagged = (value: string) => ({
  serviceArn,
  tags: [
    { key: 'team', value: 'shop' },
    { key: 'sluice:installation', value },
  ],
})

test.each([
  ['nobody has released yet', { serviceArn, tags: [] }],
  ['ECS says no tags of', { serviceArn }],
  ['this installation releases', tagged('Sluice')],
])('a service that %s may be released', (_, service) => {
  expect(whyAnothers(service, 'Sluice')).toBeUndefined()
})

test('a service that another installation releases may not, and what frees it can be typed', () => {
  const lack = whyAnothers(tagged('Payments'), 'Sluice')
  expect(lack && lackTold(lack)).toBe(
    'its tag sluice:installation says that stack Payments releases it, and this is stack Sluice; ' +
      'take it out of the application file of one of them; when Payments is gone, or releases it no more: ' +
      `aws ecs untag-resource --resource-arn ${serviceArn} --tag-keys sluice:installation`,
  )
})
