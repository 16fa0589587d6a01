import { describe, expect, test } from 'vitest'
import { Made } from '../../../cli/probe/made.ts'

/** Things of an account in which AWS calls them in use for so many tries. */
function account({ inUse = 0 } = {}) {
  const [there, notes, waited]: [Set<string>, string[], number[]] = [new Set(), [], []]
  const made = new Made(
    line => void notes.push(line),
    async ms => void waited.push(ms),
  )
  const make = (what: string) =>
    made.make(
      what,
      async () => void there.add(what),
      async () => {
        if (inUse-- > 0) throw new Error(`${what} is in use`)
        there.delete(what)
      },
    )
  return { made, make, there, notes, waited }
}

describe('what a probe has made', () => {
  test('is removed in the opposite order', async () => {
    const { made, make, notes } = account()
    await make('group')
    await make('rule')
    expect(await made.removeAll()).toEqual([])
    expect(notes).toEqual(['made group', 'made rule', 'removed rule', 'removed group'])
  })

  test('is removed a little later where AWS still calls it in use', async () => {
    const { made, make, there, waited } = account({ inUse: 3 })
    await make('group')
    expect(await made.removeAll()).toEqual([])
    expect(there).toEqual(new Set())
    expect(waited).toHaveLength(3)
  })

  test('is named where AWS does not stop to call it in use, and the rest is removed', async () => {
    const { made, make, there } = account({ inUse: 4 })
    await make('rule')
    await make('group')
    expect(await made.removeAll()).toEqual(['group could not be removed: group is in use'])
    expect(there).toEqual(new Set(['group']))
  })

  test('is made no more once it is being removed', async () => {
    const { made, make, there } = account()
    await make('group')
    const removal = made.removeAll()
    await expect(make('rule')).rejects.toThrow('rule is not made any more: everything is being removed')
    expect(await removal).toEqual([])
    expect(there).toEqual(new Set())
  })

  test('is removed, too, where it was asked for and not yet there', async () => {
    const { made, make, there } = account()
    const [making, removal] = [make('service'), made.removeAll()]
    await making
    expect(await removal).toEqual([])
    expect(there).toEqual(new Set())
  })
})
