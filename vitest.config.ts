import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const STORIES = ['test/stories/**/*.test.ts', 'test/bench/crowd.test.ts', 'test/cli/permissions-command.test.ts']
/** Rehearsals that every run of the tests has; all of them take ten minutes. */
const SAMPLE = ['test/stories/faults.test.ts', 'test/stories/commands.test.ts']

const timeouts = { testTimeout: 120_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    sequence: { shuffle: true },
    // Rehearsals wait for their child processes, and tests for what hangs.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        // A process that has loaded the SDK and compiled it runs the next file, too: that is a third of the whole time.
        test: {
          ...{ name: 'tests', include: ['test/**/*.test.ts'], exclude: STORIES, isolate: false, ...timeouts },
          // The logger's lines go to the console, where tests read them; it looks once.
          env: { POWERTOOLS_DEV: 'true' },
        },
      },
      { test: { name: 'sample', include: SAMPLE, ...timeouts } },
      { test: { name: 'stories', include: STORIES, ...timeouts } },
    ],
  },
})
