import type { StateValue } from '@aws-sdk/client-cloudwatch'

/** A composite alarm's rule, read. */
export interface AlarmRule {
  /** The alarms it names, by name or ARN, each once. */
  children: string[]
  holds(stateOf: (alarm: string) => StateValue | undefined): boolean
}

type Holds = AlarmRule['holds']

const TOKEN = /\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|([^\s()"]+))/y
const FUNCTIONS: readonly string[] = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] satisfies StateValue[]

/** Throws an Error that says what cannot be read. NOT binds closest, then AND, then OR. */
export function readRule(text: string): AlarmRule {
  return new Reader(tokensOf(text)).rule()
}

interface Token {
  text: string
  kind: 'open' | 'close' | 'quoted' | 'word'
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex
    const [, open, close, quoted, word = ''] = TOKEN.exec(text) ?? []
    if (open) tokens.push({ kind: 'open', text: open })
    else if (close) tokens.push({ kind: 'close', text: close })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll(/\\(.)/g, '$1') })
    else if (word) tokens.push({ kind: 'word', text: word })
    else throw new Error(`cannot read ${text.slice(at)}`)
  }
  return tokens
}

class Reader {
  readonly #tokens: Token[]
  readonly #children = new Set<string>()
  #at = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  rule(): AlarmRule {
    const holds = this.#anyOf()
    const rest = this.#tokens[this.#at]
    if (rest) throw new Error(`nothing may follow the rule, but ${rest.text} does`)
    return { children: [...this.#children], holds }
  }

  #anyOf(): Holds {
    const terms = [this.#allOf()]
    while (this.#takes('OR')) terms.push(this.#allOf())
    return stateOf => terms.some(holds => holds(stateOf))
  }

  #allOf(): Holds {
    const terms = [this.#one()]
    while (this.#takes('AND')) terms.push(this.#one())
    return stateOf => terms.every(holds => holds(stateOf))
  }

  #one(): Holds {
    if (this.#takes('NOT')) {
      const inner = this.#one()
      return stateOf => !inner(stateOf)
    }
    if (this.#takes('TRUE')) return () => true
    if (this.#takes('FALSE')) return () => false
    const token = this.#next('a condition')
    if (token.kind === 'open') {
      const inner = this.#anyOf()
      this.#expect('close', ')')
      return inner
    }
    if (token.kind !== 'word' || !FUNCTIONS.includes(token.text)) throw new Error(`${token.text} is not a condition`)
    return this.#stateIs(token.text)
  }

  #stateIs(wanted: string): Holds {
    this.#expect('open', '(')
    const child = this.#next('the name of an alarm')
    if (child.kind !== 'quoted' && child.kind !== 'word') throw new Error(`${child.text} is not the name of an alarm`)
    this.#expect('close', ')')
    this.#children.add(child.text)
    return stateOf => stateOf(child.text) === wanted
  }

  #takes(word: string): boolean {
    const { kind, text } = this.#tokens[this.#at] ?? {}
    if (kind !== 'word' || text !== word) return false
    this.#at++
    return true
  }

  #expect(kind: Token['kind'], what: string): void {
    const token = this.#next(what)
    if (token.kind !== kind) throw new Error(`${what} is missing before ${token.text}`)
  }

  #next(what: string): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw new Error(`the rule ends where ${what} should be`)
    return token
  }
}
