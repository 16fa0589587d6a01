/** What a bench has found. */
export interface Verdict {
  title: string
  /** The first row is the head. */
  table: string[][]
  checks: { what: string; passed: boolean }[]
}

/** Measures so many; `tell` hears how far it is. */
export type Bench = (tell: (line: string) => void, count: number) => Promise<Verdict>

export const median = (all: number[]) => percentile(all, 50)

/** The smallest value that so many of a hundred are not above. */
export function percentile(all: number[], share: number): number {
  const sorted = all.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)] ?? Number.NaN
}

/** In lines, with columns that stand below each other. */
export function linesOf({ title, table, checks }: Verdict): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0)))
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return [
    title,
    ...table.map(row => `  ${row.map(cell).join('  ')}`.trimEnd()),
    ...checks.map(({ what, passed }) => `  ${passed ? '✓' : '✗'} ${what}`),
  ]
}
