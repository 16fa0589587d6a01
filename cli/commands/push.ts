import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DescribeImagesCommand, ECRClient, ImageNotFoundException } from '@aws-sdk/client-ecr'
import { deployedFiles, readApplication } from '../../apps/read.ts'
import type { Application } from '../../domain/application.ts'
import { at } from '../../domain/field.ts'
import { parsed, UsageError } from '../arguments.ts'
import type { Command, Terminal } from './command.ts'
import { AWS, demandApplication, reach } from './reach.ts'
import { type Answers, askStartRelease, startedLines } from './start-release.ts'

export const push: Command = {
  usage: '<app> <tag> [--aws]',
  about: 'releases the images that carry this tag, as if they had been pushed just now',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, AWS, `usage: sluice push ${this.usage}`, 2)
    const [app, tag] = positionals
    if (tag === undefined) throw new UsageError(`push: write sluice push ${this.usage}`)
    const reached = await reach(terminal, values)
    demandApplication(app, reached.installation)
    const application = fileOf(app)
    const event = await pushEvent(application, tag, reached.now())
    if (!event) {
      terminal.screen.print(`${Object.values(application.images)[0]} has no image ${tag}; push it first`)
      return 1
    }
    return tell(application, tag, await askStartRelease(event, reached), terminal)
  },
}

/** The application's own file says which repositories its images are in. */
function fileOf(app: string): Application {
  const apps = join(import.meta.dirname, '../../apps')
  const read = [...deployedFiles(), join(apps, 'demo.yaml')].map(readApplication)
  const found = read.find(result => result.kind === 'valid' && result.application.app === app)
  if (found?.kind === 'valid') return found.application
  throw new Error(
    `no valid file of ${apps} has app: ${app}; write it, or take the branch that the stack was deployed from`,
  )
}

/** What ECR says when the tag is pushed; undefined when the first image's repository has no such tag. */
async function pushEvent({ images }: Application, tag: string, now: number) {
  const [repository = ''] = Object.values(images)
  const client = new ECRClient({})
  try {
    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag: tag }] }),
    )
    const { imageDigest = '', registryId, imageManifestMediaType } = imageDetails?.[0] ?? {}
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'ECR Image Action',
      source: 'aws.ecr',
      account: registryId,
      time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: await client.config.region(),
      resources: [],
      detail: {
        result: 'SUCCESS',
        'repository-name': repository,
        'image-digest': imageDigest,
        'action-type': 'PUSH',
        'image-tag': tag,
        'manifest-media-type': imageManifestMediaType,
      },
    }
  } catch (error) {
    if (error instanceof ImageNotFoundException) return undefined
    throw error
  }
}

function tell({ app, images, trigger }: Application, tag: string, told: Answers, { screen }: Terminal) {
  const answer = told.find(one => one.app === app)
  switch (answer?.kind) {
    case undefined:
      screen.print(`${tag} starts nothing: it does not match trigger.tags ${trigger.tags} of ${app}`)
      return 1
    case 'started':
      screen.print(...startedLines(answer, tag))
      return 0
    case 'refused':
      screen.print(`${app} ${tag} starts nothing: ${answer.because}`)
      return 1
    case 'already-released':
      screen.print(
        `${app} ${tag} starts nothing: ${answer.because}`,
        `to run it again: npm run -s sluice -- retry ${app} ${tag}`,
      )
      return 1
    case 'settling':
      screen.print(`${app} ${tag} starts at ${at(answer.until)}, if it is not pushed once more: ${answer.because}`)
      return 0
    case 'incomplete':
      screen.print(
        `${app} ${tag} is incomplete, nothing started: ` +
          answer.missing.map(image => `${images[image] ?? image} has no image ${tag}`).join(', '),
        `to start it: push ${answer.missing.join(', ')} with this tag`,
      )
      return 1
  }
}
