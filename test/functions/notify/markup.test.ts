import { describe, expect, test } from 'vitest'
import { because, cut, cutInside, escaped, linked, listed, literal, moment } from '../../../functions/notify/markup.ts'

describe("somebody else's words", () => {
  test.each([
    ['v2', '`v2`'],
    ['<!channel> & *all*', '`&lt;!channel&gt; &amp; *all*`'],
    ['a `code` span', "`a 'code' span`"],
    ['two\n lines\t', '`two lines`'],
    ['', ''],
    [' \n ', ''],
  ])('%j are shown as %j', (words, shown) => {
    expect(literal(words)).toBe(shown)
  })

  test.each(['x', '&', '<', '😀', 'a&', '`'])(
    'of 10,000 %j fit into what they may take, and say that they are cut',
    sign => {
      for (const longest of [40, 600]) {
        const shown = literal(sign.repeat(10_000), longest)
        expect(shown.length).toBeLessThanOrEqual(longest)
        expect(shown.length).toBeGreaterThan(longest - 12)
        expect(shown).toMatch(/^`.*…`$/)
        expect(shown).not.toMatch(/&(?!amp;|lt;|gt;)/)
        expect(shown.isWellFormed()).toBe(true)
      }
    },
  )
})

test.each(['x', '&', '😀'])('a reason of 10,000 %j is cut inside, within what it may take', sign => {
  const shown = because(`begins ${sign.repeat(10_000)} ends`, 600)
  expect(shown.length).toBeLessThanOrEqual(600)
  expect(shown).toMatch(/^`begins .+….+ ends`$/)
  expect(shown.isWellFormed()).toBe(true)
})

describe('a log that a reason names', () => {
  const console = 'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/x$252Fy'

  test('can be opened, outside of what is shown as it was said', () => {
    expect(because(`exit code 1. Its last lines: /ecs/x, stream y (${console}). Kept`, 600)).toBe(
      `\`exit code 1. Its last lines: /ecs/x, stream y. Kept\` <${console}|Open the log>`,
    )
  })

  test('is never an address that somebody wrote', () => {
    const said = 'rejected: look (https://console.aws.amazon.com.evil.example/x)'
    expect(because(said, 600)).toBe(`\`${said}\``)
  })

  test('takes its place in what the reason may have', () => {
    expect(because(`${'x'.repeat(10_000)} (${console})`, 600).length).toBeLessThanOrEqual(600)
  })
})

describe('a text', () => {
  test.each([
    ['short', 10, 'short'],
    ['exactly 10', 10, 'exactly 10'],
    ['more than 10', 10, 'more than…'],
    ['12345678😀', 10, '12345678😀'],
    ['123456789😀', 10, '123456789…'],
    ['12345678😀9', 10, '12345678…'],
  ])('%j in %i characters is %j', (text, longest, shown) => {
    expect(cut(text, longest)).toBe(shown)
  })

  test.each([
    ['short', 10, 'short'],
    ['begins and ends', 10, 'begins…nds'],
    ['begins😀 and ends', 12, 'begins😀…nds'],
    ['begins😀 and ends', 11, 'begins…nds'],
    ['begins an😀ds', 10, 'begins…ds'],
  ])('%j in %i characters, cut inside, is %j', (text, longest, shown) => {
    expect(cutInside(text, longest)).toBe(shown)
  })

  test('between ours is escaped where Slack would read it', () => {
    expect(escaped('a < b && c > d')).toBe('a &lt; b &amp;&amp; c &gt; d')
    expect(linked('https://x.example/?a=1&b=2', 'here')).toBe('<https://x.example/?a=1&amp;b=2|here>')
  })
})

test('a moment is told by the clock of whoever reads it', () => {
  expect(moment(Date.UTC(2026, 10, 21, 9, 30))).toBe(
    '<!date^1795253400^{date_short_pretty} {time}|2026-11-21 09:30 UTC>',
  )
})

test.each([
  [['a', 'b', 'c'], 100, 'a, b, c'],
  [['aaaa', 'bbbb', 'cccc'], 16, 'aaaa, bbbb, cccc'],
  [['aaaa', 'bbbb', 'cccc'], 15, '3 of them'],
  [['a', 'bbbb', 'cccc', 'dddd'], 13, 'a, and 3 more'],
  [['x'.repeat(50), 'y'], 20, '2 of them'],
])('%j in %i characters is %j', (parts, longest, shown) => {
  expect(listed(parts, { longest, between: ', ' })).toBe(shown)
})
