import type { Rehearsal } from '../../rehearsal/index.ts'

type Users = ReturnType<Rehearsal['createUsers']>

/** Users who ask at several addresses, each as often as the others. `perSecond`: all of their requests, in a second of AWS time. */
export function usersOf(rehearsal: Rehearsal, urls: string[], perSecond: number): Users {
  const each = urls.map(url => rehearsal.createUsers({ url, perSecond: perSecond / urls.length }))
  return {
    start: () => each.forEach(users => void users.start()),
    stop: async () => void (await Promise.all(each.map(users => users.stop()))),
    counts: () =>
      each
        .map(users => users.counts())
        .reduce((all, { total, failed }) => ({ total: all.total + total, failed: all.failed + failed })),
    failures: () => each.flatMap(users => users.failures()).sort((one, other) => one.at - other.at),
  }
}
