import { expect, test } from 'vitest'
import { createScreen } from '../../cli/view/screen.ts'

function screenOf(terminal: { isTTY: boolean; columns?: number }) {
  const written: string[] = []
  const screen = createScreen({ ...terminal, write: text => written.push(text) })
  return { screen, written }
}

const line = (text: string, final: boolean) => ({ text, final })

test('where nothing can be rewritten, a line appears once it will not change, and once only', () => {
  const { screen, written } = screenOf({ isTTY: false })
  screen.live([line('one …', false)])
  screen.live([line('one', true), line('two …', false)])
  screen.live([line('one', true), line('two', true)])
  expect(written.join('')).toBe('one\ntwo\n')
})

test('on a terminal the changed lines are rewritten in place, and those above stay', () => {
  const { screen, written } = screenOf({ isTTY: true, columns: 80 })
  screen.live([line('head', true), line('one …', false)])
  screen.live([line('head', true), line('one', true), line('two …', false)])
  expect(written).toEqual(['head\none …\n', '\x1b[1A\x1b[0Jone\ntwo …\n'])
})

test('a line that would wrap is cut', () => {
  const { screen, written } = screenOf({ isTTY: true, columns: 10 })
  screen.live([line('0123456789ab', false)])
  expect(written).toEqual(['01234567…\n'])
})

test('what is inserted stands above what is live, and what was live goes on', () => {
  const terminal = screenOf({ isTTY: true, columns: 80 })
  terminal.screen.live([line('one …', false)])
  terminal.screen.insert('Ana is asked')
  terminal.screen.live([line('one', true)])
  expect(terminal.written).toEqual(['one …\n', '\x1b[1A\x1b[0JAna is asked\none …\n', '\x1b[1A\x1b[0Jone\n'])
  const pipe = screenOf({ isTTY: false })
  pipe.screen.live([line('one', true), line('two …', false)])
  pipe.screen.insert('Ana is asked')
  pipe.screen.live([line('one', true), line('two', true)])
  expect(pipe.written.join('')).toBe('one\nAna is asked\ntwo\n')
})
