import { BatchGetImageCommand, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr'
import { currentRevisions } from '../ecs.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../question.ts'
import { findImage, type InRegistry } from './registry.ts'
import type { Serving } from './serving.ts'

export const imageConfig: Question<Serving> = {
  name: 'image-config',
  asks: 'does GetDownloadUrlForLayer give the config of an image as it gives a layer?',
  assumed: 'it gives an address; the labels are read there',
  async ask(serving) {
    const [revision] = await currentRevisions(serving)
    const image = revision?.containerImages?.[0]?.image ?? ''
    const known = await findImage(serving.ecr, image)
    const config = known && (await configOf(serving, known))
    if (!known || !config) return notAsked(`${image || 'no image'} has no config in ECR`)
    const { registryId, repository: repositoryName } = known
    const { downloadUrl } = await serving.ecr.send(
      new GetDownloadUrlForLayerCommand({ registryId, repositoryName, layerDigest: config }),
    )
    return downloadUrl ? asAssumed('an address') : otherwise('no address')
  },
}

async function configOf(
  { ecr }: Serving,
  { registryId, repository, manifest }: InRegistry,
): Promise<string | undefined> {
  const [platform] = manifest.manifests ?? []
  if (!platform) return manifest.config?.digest
  const { images: [found] = [] } = await ecr.send(
    new BatchGetImageCommand({ registryId, repositoryName: repository, imageIds: [{ imageDigest: platform.digest }] }),
  )
  return (JSON.parse(found?.imageManifest ?? '{}') as InRegistry['manifest']).config?.digest
}
