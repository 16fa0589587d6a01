/** What a tag stands for in one repository. */
export interface TaggedImage {
  tag: string
  /** When the image was pushed, ms; a tag that an older image got later is as old as that image. */
  pushedAt: number
}

/** One tag over all images of an application. */
export interface TaggedSet {
  tag: string
  /** When the newest of its images was pushed, ms. */
  pushedAt: number
  /** Names of the images that do not carry it. */
  missing: string[]
}

/** Every tag that starts releases, the newest first. `tagged`: image name → what its repository has. */
export function setsOf(tagged: Record<string, readonly TaggedImage[]>, tags: string): TaggedSet[] {
  const triggers = new RegExp(tags)
  const names = Object.keys(tagged)
  const sets = new Map<string, { pushedAt: number; having: string[] }>()
  for (const name of names)
    for (const { tag, pushedAt } of tagged[name] ?? []) {
      if (!triggers.test(tag)) continue
      const known = sets.get(tag) ?? { pushedAt, having: [] }
      sets.set(tag, { pushedAt: Math.max(known.pushedAt, pushedAt), having: [...known.having, name] })
    }
  return [...sets]
    .map(([tag, { pushedAt, having }]) => ({ tag, pushedAt, missing: names.filter(name => !having.includes(name)) }))
    .sort((a, b) => b.pushedAt - a.pushedAt || (a.tag < b.tag ? -1 : 1))
}

/** What is known of an application beside its images. Times are milliseconds since the epoch. */
export interface LookFacts {
  now: number
  settle: number
  /** When it was first looked at: what lay there before is nobody's push. */
  installedAt: number
  /** First push of the newest release that was started; absent: none was. */
  newestRelease?: number | undefined
  /** Tag → event time of the last push of it that was decided on. */
  handled: (tag: string) => number | undefined
}

export interface LookDecision {
  /** The newest complete tag, of whose push nobody has heard. */
  missed?: TaggedSet
  /** The newest tag that waits for images, if it is newer than the newest complete one. */
  incomplete?: TaggedSet
}

/** What a look at the repositories finds that the events of pushes did not tell. `sets`: the newest first. */
export function decideLook(sets: readonly TaggedSet[], facts: LookFacts): LookDecision {
  const { now, settle, installedAt, newestRelease = 0, handled } = facts
  const isNews = ({ pushedAt }: TaggedSet) => pushedAt > installedAt && pushedAt > newestRelease
  const [newest] = sets
  const complete = sets.find(({ missing }) => missing.length === 0)
  const isMissed =
    complete !== undefined &&
    isNews(complete) &&
    complete.pushedAt + settle <= now &&
    (handled(complete.tag) ?? 0) < complete.pushedAt
  return {
    ...(isMissed && { missed: complete }),
    ...(newest && newest !== complete && isNews(newest) && { incomplete: newest }),
  }
}
