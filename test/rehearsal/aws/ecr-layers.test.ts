import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-ecr'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LAYER_HOST, type LayerHost, openLayerHost } from '../../../rehearsal/aws/ecr/layer-host.ts'
import { createEcr, type Ecr } from '../../../rehearsal/aws/ecr.ts'
import { type World, worldWith } from './wire-world.ts'

const repositoryName = 'shop/api'

let world: World
let layers: LayerHost
let ecr: Ecr
let client: sdk.ECRClient
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'image-'))
  writeFileSync(join(folder, 'container.mjs'), 'export default {}')
  world = await worldWith(clock => {
    // The host is opened later; whoever asks before it is there would be told so.
    ecr = createEcr({ clock, bus: { publish() {} }, layers: { offer: bytes => layers.offer(bytes) } })
    return [ecr]
  })
  layers = await openLayerHost(world.clock)
  ecr.createRepository(repositoryName)
  client = new sdk.ECRClient(world.client)
})

afterEach(async () => {
  rmSync(folder, { recursive: true })
  await layers.close()
  await world.close()
})

const push = () => ecr.push({ repository: repositoryName, tag: '1.0', folder })
const label = (labels: object) => writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels))
const addressOf = async (layerDigest: string) =>
  (await client.send(new sdk.GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }))).downloadUrl ?? ''
const download = (address: string) => fetch(address.replace(`https://${LAYER_HOST}`, `http://127.0.0.1:${layers.port}`))

async function manifestOf(imageDigest: string) {
  const ask = new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] })
  return JSON.parse((await client.send(ask)).images?.[0]?.imageManifest ?? '')
}

async function configOf(child: string) {
  const { config } = await manifestOf(child)
  const response = await download(await addressOf(config.digest))
  return { digest: config.digest, bytes: await response.text() }
}

test('an image’s labels are in its config, which is downloaded as a layer is', async () => {
  label({ 'sluice.rollback': 'safe' })
  const { digest, bytes } = await configOf(push().child)
  expect(digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  expect(JSON.parse(bytes)).toMatchObject({ architecture: 'amd64', config: { Labels: { 'sluice.rollback': 'safe' } } })
})

test('an image without labels says none, and another label is another image', async () => {
  const { child } = push()
  expect(JSON.parse((await configOf(child)).bytes).config).toEqual({})
  label({ 'sluice.rollback': 'safe' })
  const safe = push().child
  label({ 'sluice.rollback': 'restore-needed' })
  expect(new Set([child, safe, push().child]).size).toBe(3)
})

test('BatchGetImage knows manifests only, not what they refer to', async () => {
  const { config } = await manifestOf(push().child)
  const ask = new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: config.digest }] })
  expect(await client.send(ask)).toMatchObject({ images: [], failures: [{ failureCode: 'ImageNotFound' }] })
})

test('an address is good for an hour, and only as it was given', async () => {
  const { config } = await manifestOf(push().child)
  const address = await addressOf(config.digest)
  expect(address).toMatch(`https://${LAYER_HOST}/`)
  expect((await download(`${address}0`)).status).toBe(403)
  await world.clock.sleep(3_600_000)
  expect((await download(address)).status).toBe(200)
  await world.clock.sleep(1000)
  expect((await download(address)).status).toBe(403)
})

test('what is no layer of the repository is not found, and content is not rehearsed', async () => {
  const {
    layers: [content],
  } = await manifestOf(push().child)
  await expect(addressOf(`sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ name: 'LayersNotFoundException' })
  await expect(addressOf('sha256')).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await expect(addressOf(content.digest)).rejects.toMatchObject({ name: 'NotRehearsed' })
})
