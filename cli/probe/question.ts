/** What AWS did, beside what the rehearsal assumes of it. */
export type Answer =
  | { kind: 'as assumed'; saw: string }
  | { kind: 'otherwise'; saw: string }
  | { kind: 'not asked'; because: string }

export const asAssumed = (saw: string): Answer => ({ kind: 'as assumed', saw })
export const otherwise = (saw: string): Answer => ({ kind: 'otherwise', saw })
export const notAsked = (because: string): Extract<Answer, { kind: 'not asked' }> => ({ kind: 'not asked', because })

/** One question of `docs/unproven-on-aws.md`, asked of one thing in AWS. */
export interface Question<Of> {
  name: string
  asks: string
  assumed: string
  ask(of: Of): Promise<Answer>
}

/** Questions of one thing, in this order: what an earlier one leaves there, a later one finds. */
export interface Group<Of> {
  questions: readonly Question<Of>[]
  /** Finds the thing, or makes it. */
  open(): Promise<Of | Extract<Answer, { kind: 'not asked' }>>
}

export type Asked = Omit<Question<unknown>, 'ask'> & { answer: Answer | { kind: 'failed'; because: string } }

/** Asks all of them, whatever becomes of one. */
export async function askAll<Of extends object>(group: Group<Of>, tell: (asked: Asked) => void): Promise<Asked[]> {
  const opened = await attempted(() => group.open())
  const all: Asked[] = []
  for (const { ask, ...question } of group.questions) {
    const answer = isAnswer(opened) ? opened : await attempted(() => ask(opened))
    const asked: Asked = { ...question, answer }
    tell(asked)
    all.push(asked)
  }
  return all
}

type Failed = Extract<Asked['answer'], { kind: 'failed' }>

async function attempted<T>(act: () => Promise<T>): Promise<T | Failed> {
  try {
    return await act()
  } catch (error) {
    const { name, message } = error as Error
    return { kind: 'failed', because: name === 'Error' ? message : `${name}: ${message}` }
  }
}

const KINDS = ['not asked', 'failed']

function isAnswer<Of extends object>(
  opened: Of | Asked['answer'],
): opened is Extract<Asked['answer'], { because: string }> {
  return 'kind' in opened && KINDS.includes(String(opened.kind)) && 'because' in opened
}

/** An error's name, of a call that is expected to be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no error'
  } catch (error) {
    return (error as Error).name
  }
}
