import { hash } from 'node:crypto'
import { existsSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Whole rehearsals, real database servers, and commands in processes of their own. */
const STORIES = [
  ...['test/stories/**/*.test.ts', 'test/bench/crowd.test.ts'],
  ...['test/rehearsal/aws/rds/**/*.test.ts', 'test/rehearsal/fleet/postgres.test.ts'],
  ...['test/cli/permissions-command.test.ts', 'test/cli/arguments.test.ts'],
]
/** Both state machines to their ends, over the handlers. */
const MACHINES = ['test/machines/**/*.test.ts']
/** The rehearsals that every run of the tests has; all of them take ten minutes. */
const SAMPLE = ['test/stories/faults.test.ts']

/** Files in an order of their own each time, but the rehearsals first: the longest, begun last, would run on alone. */
class RehearsalsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { seed } = this.ctx.config.sequence
    const place = ({ project, moduleId }: TestSpecification) =>
      `${project.name === 'sample' ? 0 : 1} ${hash('sha256', `${seed} ${moduleId}`)}`
    return files.toSorted((one, other) => (place(one) < place(other) ? -1 : 1))
  }
}

/** On a disk, tests with databases take most of their time to make and remove files. */
const TMPDIR = inMemory('/dev/shm', 4 * 2 ** 30)

function inMemory(folder: string, bytes: number): { TMPDIR?: string } {
  if (!existsSync(folder)) return {}
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > bytes ? { TMPDIR: folder } : {}
}

const timeouts = { testTimeout: 120_000, hookTimeout: 60_000 }
const ofHandlers = {
  // A process that has loaded the SDK and compiled it runs the next file, too: that is a third of the whole time.
  isolate: false,
  // The logger's lines go to the console, where tests read them; it looks once.
  env: { POWERTOOLS_DEV: 'true', ...TMPDIR },
  ...timeouts,
}
const ofRehearsals = { env: TMPDIR, ...timeouts }

export default defineConfig({
  test: {
    sequence: { shuffle: { tests: true }, sequencer: RehearsalsFirst },
    // Rehearsals wait for their child processes, and tests for what hangs.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { test: { name: 'tests', include: ['test/**/*.test.ts'], exclude: [...STORIES, ...MACHINES], ...ofHandlers } },
      { test: { name: 'sample', include: SAMPLE, ...ofRehearsals } },
      { test: { name: 'machines', include: MACHINES, ...ofHandlers } },
      { test: { name: 'stories', include: STORIES, exclude: SAMPLE, ...ofRehearsals } },
    ],
  },
})
