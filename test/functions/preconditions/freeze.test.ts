import { describe, expect, test } from 'vitest'
import { READY, refusal, type UnderLock, underLock } from './under-lock.ts'

// A world begins on Friday, 20 November 2026, at 9:00 UTC.
const FREEZE = { from: 'Fri 08:00', until: 'Fri 18:00', because: 'the shop is full on Fridays' }

const frozen = (freeze: object[] = [FREEZE]) =>
  underLock({ file: file => Object.assign(file.stages[0] ?? {}, { freeze }) })

async function lift({ world }: UnderLock, until: number): Promise<void> {
  const { recordOverride } = await import('../../../functions/aws/overrides.ts')
  const said = { reason: 'a way back for the customers', by: 'arn:aws:iam::111122223333:user/ana' }
  const where = { app: 'demo', stage: 'production' }
  await recordOverride(where, { what: { kind: 'freeze' }, at: world.now(), until, ...said })
}

const REFUSAL = refusal(
  'production is frozen until Fri 18:00 (UTC): the shop is full on Fridays. When it has to change before: sluice lift demo production freeze && sluice retry demo 3f9c0a7f6d6a',
)

describe('a frozen stage', () => {
  test('is not changed, and says until when, why, and how to go on', async () => {
    const { read, checks } = await frozen()
    await expect(checks()).rejects.toMatchObject(REFUSAL)
    expect(await read()).toBeUndefined()
  })

  test('is changed once the freeze is over', async () => {
    const { world, checks } = await frozen()
    await world.pass(10 * 3_600_000)
    expect(await checks()).toEqual(READY)
  })

  test('is not held up by the freezes of other times', async () => {
    const { checks } = await frozen([{ ...FREEZE, until: 'Fri 09:00' }])
    expect(await checks()).toEqual(READY)
  })

  test('takes the release once a person has lifted the freeze, which the log says', async () => {
    const made = await frozen()
    await lift(made, made.world.now() + 1)
    expect(await made.checks()).toEqual(READY)
    expect(made.world.logged.filter(({ level }) => level === 'WARN')).toMatchObject([
      {
        message: expect.stringContaining('a person has lifted that'),
        override: { reason: 'a way back for the customers' },
      },
    ])
  })

  test('is frozen again once that is over', async () => {
    const made = await frozen()
    await lift(made, made.world.now())
    await expect(made.checks()).rejects.toMatchObject(REFUSAL)
  })
})
