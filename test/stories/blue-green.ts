import { fileURLToPath } from 'node:url'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { type Story, story } from './rehearsed.ts'

/** Rehearses a scenario of the demo's production alone: two services that change colour, without a database. */
export function blueGreen(name: string): Promise<Story> {
  return of('demo-blue-green.yaml', name)
}

/** The same with one service that is replaced task by task. */
export function mixed(name: string): Promise<Story> {
  return of('demo-mixed.yaml', name)
}

function of(path: string, name: string): Promise<Story> {
  const file = fileURLToPath(new URL(`../apps/${path}`, import.meta.url))
  return story(name, { file, application: validApplication(file) })
}
