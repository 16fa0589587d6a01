import { expect, test } from 'vitest'
import { pagerDutyKey, slackBot } from '../../../domain/secrets.ts'
import { telling } from './telling.ts'

test.each([
  ['no-such', 'there is none of this name'],
  ['words', 'it is not a JSON object'],
  ['list', 'it is not a JSON object'],
  ['empty', '"token" is missing'],
  ['number', '"token" is missing'],
  ['blank', '"token" is empty'],
  ['address', '"url" is no URL'],
])(
  'a secret such as %s is put right by a person, who is told what is wrong and not what it says',
  async (secret, wrong) => {
    await telling({
      secrets: {
        words: 'xoxb-hush',
        list: '["xoxb-hush"]',
        empty: '{"hush": "xoxb-hush"}',
        number: '{"token": 7, "hush": "xoxb-hush"}',
        blank: '{"token": ""}',
        address: '{"token": "xoxb-hush", "url": "hush"}',
      },
    })
    const { readAs } = await import('../../../functions/notify/secrets.ts')
    expect(await readAs(slackBot, secret)).toEqual({
      kind: 'mend',
      because: `secret ${secret} cannot be used: ${wrong}`,
      todo: `put the secret ${secret} right`,
    })
  },
)

test('a secret without an address is for the real one', async () => {
  await telling({ secrets: { plain: '{"token": "xoxb-1"}', key: `{"routingKey": "${'a'.repeat(32)}"}` } })
  const { readAs } = await import('../../../functions/notify/secrets.ts')
  expect(await readAs(slackBot, 'plain')).toMatchObject({ value: { url: 'https://slack.com/api' } })
  expect(await readAs(pagerDutyKey, 'key')).toMatchObject({ value: { url: 'https://events.pagerduty.com' } })
})
