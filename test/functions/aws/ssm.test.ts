import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, test } from 'vitest'
import { writeParameter } from '../../../functions/aws/ssm.ts'
import { type Heard, isSigned, listener } from '../listener.ts'
import { createWorld } from '../world.ts'

describe('a question to SSM', () => {
  test('is the one that the SDK asks, signed', async () => {
    const heard = await listener('{"Parameter":{"Value":"one"}}')
    await writeParameter('/shop/image', 'two')
    const client = new SSMClient({})
    await client.send(new GetParameterCommand({ Name: '/shop/image' }))
    const put = { Name: '/shop/image', Value: 'two', Type: 'String', Overwrite: true } as const
    await client.send(new PutParameterCommand(put))
    const [ours, theirs] = [heard.slice(0, 2), heard.slice(2)]
    const asked = ({ method, url, headers, body }: Heard) => ({
      ...{ method, url, body: JSON.parse(body) },
      ...{ target: headers['x-amz-target'], type: headers['content-type'] },
    })
    expect(ours.map(asked)).toEqual(theirs.map(asked))
    expect(heard.map(each => isSigned(each, 'ssm'))).toEqual([true, true, true, true])
  })

  test('that is answered by something else than SSM is refused with what that said', async () => {
    await listener('<html>the gateway is out</html>', 503)
    await expect(writeParameter('/shop/image', 'two')).rejects.toMatchObject({
      ...{ name: 'Unreadable', message: '<html>the gateway is out</html>' },
    })
  })
})

describe('an SSM that is busy', () => {
  test('is asked again', async () => {
    const { services } = await createWorld()
    const { writeParameter: write } = await import('../../../functions/aws/ssm.ts')
    services.faults.add({ service: 'ssm', operation: 'PutParameter', does: 'throttle' })
    await write('/shop/image', 'one')
    expect(services.ssm.versions('/shop/image')).toMatchObject([{ value: 'one' }])
  })
})
