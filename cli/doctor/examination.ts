import type { Lack } from '../../domain/lack.ts'

/** What is wrong, where, and what mends it. */
export interface Finding {
  /** Name of the question that found it. */
  check: string
  app: string
  stage?: string
  service?: string
  found: string
  remedy: string
}

export type Where = Pick<Finding, 'stage' | 'service'>

/** `sound`: with what later questions need to know. */
export type Answer<T> = { kind: 'sound'; value: T } | { kind: 'lacking'; lacks: readonly Lack[] }

export const sound = <T>(value: T): Answer<T> => ({ kind: 'sound', value })
export const lacking = (...lacks: Lack[]): Answer<never> => ({ kind: 'lacking', lacks })
/** The answer where nothing else is to be known. */
export const judged = (...lacks: (Lack | undefined)[]): Answer<true> => {
  const found = lacks.filter(lack => lack !== undefined)
  return found.length > 0 ? lacking(...found) : sound(true)
}

/** What was asked of one group: a stage, or (undefined) the application as a whole. */
export interface Group {
  stage: string | undefined
  passed: number
  findings: Finding[]
  /** What is worth knowing and no defect. */
  notes: string[]
}

/** Puts the questions about one application, one after the other, and keeps what they find. */
export interface Examination {
  readonly app: string
  readonly groups: readonly Group[]
  /** Undefined where something lacks, or where it cannot be looked at: both are findings. */
  ask<T>(check: string, where: Where, look: () => Promise<Answer<T>> | Answer<T>): Promise<T | undefined>
  /** The same of something that several need: it is asked once, for whoever comes first. */
  askOnce<T>(subject: string, check: string, where: Where, look: () => Promise<Answer<T>>): Promise<T | undefined>
  note(where: Where, text: string): void
}

/** `hears`: of each group as it is come to. */
export function createExamination(app: string, hears: (stage: string | undefined) => void = () => {}): Examination {
  const groups: Group[] = []
  const asked = new Map<string, Promise<unknown>>()
  const groupOf = ({ stage }: Where): Group => {
    const known = groups.find(group => group.stage === stage)
    if (known) return known
    const group = { stage, passed: 0, findings: [], notes: [] }
    groups.push(group)
    hears(stage)
    return group
  }
  const examination: Examination = {
    app,
    groups,
    async ask(check, where, look) {
      const group = groupOf(where)
      const answer = await lookAt(look)
      if (answer.kind === 'sound') {
        group.passed++
        return answer.value
      }
      for (const { found, remedy, command } of answer.lacks) {
        const mended = command === undefined ? remedy : `${remedy}: ${command}`
        group.findings.push({ check, app, ...where, found, remedy: mended })
      }
      return undefined
    },
    askOnce<T>(subject: string, check: string, where: Where, look: () => Promise<Answer<T>>) {
      const earlier = asked.get(`${check} ${subject}`) as Promise<T | undefined> | undefined
      const answer = earlier ?? examination.ask(check, where, look)
      asked.set(`${check} ${subject}`, answer)
      return answer
    },
    note: (where, text) => void groupOf(where).notes.push(text),
  }
  return examination
}

/** What AWS refuses or does not answer is no proof of anything. */
async function lookAt<T>(look: () => Promise<Answer<T>> | Answer<T>): Promise<Answer<T>> {
  try {
    return await look()
  } catch (error) {
    return lacking(whyUnseen(error as Error))
  }
}

export function whyUnseen({ name, message }: Error): Lack {
  const isDenied = /denied|unauthori[sz]ed|not authori[sz]ed|forbidden/i.test(`${name} ${message}`)
  return {
    found: `cannot be looked at: ${name}: ${message}`,
    remedy: isDenied ? 'let whoever asks do that, then ask again' : 'see that AWS answers, then ask again',
  }
}
