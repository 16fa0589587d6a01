import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Application } from '../domain/application.ts'
import { environment, once } from './environment.ts'

/** The application files as they were checked at synth; they lie beside the function's code. */
export const applications = once((): Application[] =>
  JSON.parse(readFileSync(join(environment('LAMBDA_TASK_ROOT'), 'applications.json'), 'utf8')),
)
