import { expect, test } from 'vitest'
import { createDenials } from '../../cli/rehearsing/denied.ts'

const denial = (action: string) => ({
  principal: 'arn:aws:iam::111122223333:role/Sluice-Wake-1',
  ...{ action, resource: 'arn:of:topic', times: 1 },
  because: 'because no identity-based policy allows it',
})
const SAID =
  'Sluice-Wake-1 may not sns:Publish on arn:of:topic: AWS denies it because no identity-based policy allows it'

test('a rehearsal ends with the first thing that a role is denied, whatever the step makes of it', async () => {
  const denials = createDenials()
  const work = denials.end(() => new Promise(() => {}))
  denials.tell(denial('sns:Publish'))
  denials.tell(denial('dynamodb:GetItem'))
  await expect(work).rejects.toThrow(SAID)
})

test('what was denied while the stack was made is what the rehearsal failed by', async () => {
  const denials = createDenials()
  denials.tell(denial('sns:Publish'))
  expect(denials.causeOf(new Error('the stack could not be made'))).toEqual(new Error(SAID))
  await expect(denials.end(() => new Promise(() => {}))).rejects.toThrow(SAID)
})

test('a rehearsal in which nobody is denied anything goes its way', async () => {
  const denials = createDenials()
  const error = new Error('the stack could not be made')
  expect(denials.causeOf(error)).toBe(error)
  await expect(denials.end(async () => 'released')).resolves.toBe('released')
})
