import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Fault } from '../../../rehearsal/aws/lambda/faults.ts'
import { functionArn } from '../../../rehearsal/aws/lambda/functions.ts'
import { createLambda, type Lambda } from '../../../rehearsal/aws/lambda/lambda.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'

/** What Lambda does, whatever its execution environments are. */
export function lambdaSuite(inThreads: boolean): void {
  const START = Date.parse('2026-03-01T09:00:00Z')
  const OPERATOR = { principal: 'operator' }

  let folder: string
  let clock: Clock
  let lambda: Lambda
  let lines: string[]
  let hosts: Record<string, number>

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lambda-test-'))
    clock = createClock({ drive: 'jump', start: START })
    lines = []
    hosts = {}
    lambda = createLambda({
      clock,
      endpoint: () => 'http://127.0.0.1:9',
      logs: (group, stream, line) => lines.push(`${group} ${stream} ${line}`),
      hosts: () => hosts,
      keepWarm: 2,
      inThreads,
      onSurprise: error => {
        throw error
      },
    })
  })

  afterEach(async () => {
    await lambda.stop()
    clock.stop()
    rmSync(folder, { recursive: true })
  })

  function code(body: string, file = 'index.mjs'): string {
    const dir = mkdtempSync(join(folder, 'code-'))
    writeFileSync(join(dir, file), body)
    return dir
  }

  interface More {
    timeout?: number
    environment?: Record<string, string>
  }

  function settingsOf(name: string, body: string, more: More) {
    const accessKey = { accessKeyId: `AKIA${name}`, secretAccessKey: 'secret' }
    const roleArn = 'arn:aws:iam::111122223333:role/r'
    const settings = { name, code: code(body), handler: 'index.handler', runtime: 'nodejs24.x', roleArn, accessKey }
    return { ...settings, ...more }
  }

  const deploy = (name: string, body: string, more: More = {}) =>
    lambda.createFunction(settingsOf(name, body, more)).functionArn
  const update = (name: string, body: string, more: More = {}) => lambda.updateFunction(settingsOf(name, body, more))

  const returns = (expression: string) => `export const handler = async (event, context) => (${expression})`

  describe('an invocation', () => {
    test('answers what the handler returns, in Lambda surroundings and none of ours', async () => {
      vi.stubEnv('FROM_THE_SHELL', 'yes')
      const arn = deploy(
        'greeter',
        returns('{ event, env: process.env, context, offset: new Date().getTimezoneOffset() }'),
        {
          environment: { STAGE: 'test' },
        },
      )
      const { payload, functionError, executedVersion } = await lambda.invoke(arn, { hello: 'world' })
      expect(functionError).toBeUndefined()
      expect(executedVersion).toBe('$LATEST')
      expect(payload).toMatchObject({
        event: { hello: 'world' },
        offset: 0,
        env: {
          STAGE: 'test',
          AWS_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'AKIAgreeter',
          AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
          AWS_LAMBDA_FUNCTION_NAME: 'greeter',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          _HANDLER: 'index.handler',
        },
        context: {
          functionName: 'greeter',
          invokedFunctionArn: arn,
          memoryLimitInMB: '128',
          logGroupName: '/aws/lambda/greeter',
        },
      })
      const { env } = payload as { env: Record<string, string> }
      for (const name of ['FROM_THE_SHELL', 'PATH', 'REHEARSAL', 'NODE_CHANNEL_FD'])
        expect(env).not.toHaveProperty(name)
    })

    test('sees the time of AWS, which stands while it runs', async () => {
      const body = `const at = () => [Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date, Date().slice(0, 15)]
      export const handler = async () => { await new Promise(r => setTimeout(r, 30)); return at() }`
      const arn = deploy('watch', body)
      const fired: number[] = []
      clock.timer(3_600_000, () => fired.push(clock.now()))
      expect((await lambda.invoke(arn, {})).payload).toEqual([START, START, 5, true, 'Sun Mar 01 2026'])
      expect(fired).toEqual([])
    })

    test('sees the AWS time of a paced clock run at its speed', async () => {
      const paced = createClock({ drive: 'paced', speed: 1000, start: START })
      const fast = createLambda({ clock: paced, endpoint: () => '', logs() {}, hosts: () => ({}), onSurprise() {} })
      try {
        const accessKey = { accessKeyId: 'A', secretAccessKey: 's' }
        const body = `export const handler = async () => { const a = Date.now(); await new Promise(r => setTimeout(r, 100)); return [a, Date.now()] }`
        fast.createFunction({
          name: 'f',
          code: code(body),
          handler: 'index.handler',
          runtime: 'nodejs24.x',
          roleArn: 'r',
          accessKey,
        })
        const before = paced.now()
        const [first, second] = (await fast.invoke('f', {})).payload as [number, number]
        expect(first).toBeGreaterThan(before - 10_000)
        expect(second).toBeLessThan(paced.now() + 10_000)
        expect(second - first).toBeGreaterThan(90_000)
      } finally {
        await fast.stop()
        paced.stop()
      }
    })

    test('prints to the log stream line by line, before its answer is given', async () => {
      const arn = deploy(
        'talker',
        `export const handler = async () => { console.log('one\\ntwo', {a: 1}); console.error('bad'); process.stdout.write('raw'); return 1 }`,
      )
      await lambda.invoke(arn, {})
      const said = lines.map(line => line.split(' ').slice(2).join(' '))
      expect(lines.every(line => /^\/aws\/lambda\/talker 2026\/03\/01\/\[\$LATEST\][0-9a-f]{32} /.test(line))).toBe(
        true,
      )
      expect(said).toContainEqual(
        expect.stringMatching(/^2026-03-01T09:00:00.000Z\t[0-9a-f-]{36}\tINFO\tone\rtwo { a: 1 }$/),
      )
      expect(said).toContainEqual(expect.stringMatching(/\tERROR\tbad$/))
      expect(said).toContain('raw')
      expect(said[0]).toMatch(/^START RequestId: .* Version: \$LATEST$/)
      expect(said.at(-1)).toMatch(/^REPORT RequestId: .*\tMemory Size: 128 MB$/)
    })

    test('finds handlers of CommonJS and in folders', async () => {
      const dir = code('exports.nested = { go: async () => "cjs" }', 'main.cjs')
      mkdirSync(join(dir, 'lib'))
      writeFileSync(join(dir, 'lib', 'deep.js'), 'module.exports.handler = async () => "deep"')
      const common = {
        code: dir,
        runtime: 'nodejs24.x',
        roleArn: 'r',
        accessKey: { accessKeyId: 'A', secretAccessKey: 's' },
      }
      lambda.createFunction({ ...common, name: 'cjs', handler: 'main.nested.go' })
      lambda.createFunction({ ...common, name: 'deep', handler: 'lib/deep.handler' })
      expect((await lambda.invoke('cjs', null)).payload).toBe('cjs')
      expect((await lambda.invoke('deep', null)).payload).toBe('deep')
    })
  })

  describe('a function that fails', () => {
    const failing: [string, string, object][] = [
      [
        'throws',
        `export const handler = async () => { throw Object.assign(new Error('no'), { name: 'StageLocked' }) }`,
        { errorType: 'StageLocked', errorMessage: 'no' },
      ],
      [
        'throws no error',
        `export const handler = async () => { throw 'plain' }`,
        { errorType: 'string', errorMessage: 'plain', trace: [] },
      ],
      [
        'exits',
        'export const handler = async () => process.exit(3)',
        {
          errorType: 'Runtime.ExitError',
          errorMessage: expect.stringMatching(
            /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
          ),
        },
      ],
      [
        'forgets a promise',
        `export const handler = () => { Promise.reject(new Error('lost')); return new Promise(() => {}) }`,
        { errorType: 'Runtime.UnhandledPromiseRejection' },
      ],
      [
        'throws in a timer',
        `export const handler = () => { setTimeout(() => { throw new TypeError('later') }); return new Promise(() => {}) }`,
        { errorType: 'TypeError', errorMessage: 'later' },
      ],
      ['throws when loaded', `throw new RangeError('start')`, { errorType: 'RangeError', errorMessage: 'start' }],
      [
        'has no handler',
        'export const other = 1',
        { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
      ],
      [
        'wants a callback',
        'export const handler = (event, context, callback) => callback(null, 1)',
        { errorType: 'Runtime.CallbackHandlerDeprecated' },
      ],
      [
        'answers too much',
        `export const handler = async () => 'x'.repeat(7_000_000)`,
        { errorType: 'Function.ResponseSizeTooLarge' },
      ],
    ]
    test.for(failing)(
      'because it %s is told by name, and the next invocation has a new start',
      async ([, body, expected]) => {
        const arn = deploy('failing', body)
        for (const _ of [1, 2]) {
          const { payload, functionError } = await lambda.invoke(arn, {})
          expect(functionError).toBe('Unhandled')
          expect(payload).toMatchObject(expected)
        }
      },
    )

    test('is killed at its time limit, even when it never yields', async () => {
      const arn = deploy('endless', 'export const handler = async () => { for (;;); }', { timeout: 1 })
      const { payload, functionError } = await lambda.invoke(arn, {})
      expect(functionError).toBe('Unhandled')
      expect(payload).toEqual({
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds$/),
      })
      expect(lambda.environments()).toBe(0)
    })

    test('ends where it stands when all environments are killed', async () => {
      const arn = deploy(
        'slow',
        'export const handler = () => new Promise(() => { console.log("here"); setInterval(() => {}, 1000) })',
        { timeout: 30 },
      )
      const answer = lambda.invoke(arn, {})
      while (!lines.some(line => line.endsWith('here'))) await new Promise(resolve => setImmediate(resolve))
      await lambda.killAll()
      expect((await answer).payload).toMatchObject({
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringContaining('signal: killed'),
      })
    })
  })

  describe('a fault', () => {
    const effects = `import { appendFileSync } from 'node:fs'
    export const handler = async ({ file }) => { appendFileSync(file, 'x'); return 'done' }`

    async function invokeWith(fault: Fault) {
      const arn = deploy('effects', effects)
      const file = join(folder, 'effects')
      writeFileSync(file, '')
      let left = 1
      lambda.faults = ({ name, version }) =>
        name === 'effects' && version === '$LATEST' && left-- > 0 ? fault : undefined
      const first = await lambda.invoke(arn, { file }).catch((error: Error) => error.name)
      const before = readFileSync(file, 'utf8')
      const second = (await lambda.invoke(arn, { file })).payload
      return { first, effects: before.length, second }
    }

    const killed = { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('signal: killed') }
    const cases: [Fault, unknown, number][] = [
      ['crash-before', { payload: killed, functionError: 'Unhandled' }, 0],
      ['crash-after', { payload: killed, functionError: 'Unhandled' }, 1],
      [
        'time-out',
        { payload: { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('after 3.00 seconds') } },
        1,
      ],
      ['kill-host', { payload: killed, functionError: 'Unhandled' }, 1],
    ]
    test.for(cases)(
      '%s meets one invocation, whose effect happens or not; the next is well',
      async ([fault, first, count]) => {
        const seen = await invokeWith(fault)
        expect(seen.first).toMatchObject(first as object)
        expect(seen).toMatchObject({ effects: count, second: 'done' })
      },
    )

    test.for<[Fault, string]>([
      ['throttle', 'TooManyRequestsException'],
      ['internal-error', 'ServiceException'],
    ])('%s refuses one invocation, and only delays an asynchronous one', async ([fault, first]) => {
      expect(await invokeWith(fault)).toEqual({ first, effects: 0, second: 'done' })
      let left = 2
      lambda.faults = () => (left-- > 0 ? fault : undefined)
      const file = join(folder, 'later')
      lambda.invokeLater('effects', { file })
      await clock.sleep(10_000)
      expect(readFileSync(file, 'utf8')).toBe('x')
    })
  })

  describe('an invocation that is delivered twice', () => {
    const slow = `const ids = []
    export const handler = async ({ wait }, { awsRequestId }) => {
      console.log('in ' + awsRequestId)
      await new Promise(r => setTimeout(r, wait))
      console.log('out ' + awsRequestId)
      return 'done'
    }`
    const said = () =>
      lines.flatMap(
        line =>
          line
            .match(/INFO\t(in|out) (\S+)/)
            ?.slice(1, 3)
            .join(' ') ?? [],
      )
    const twiceOnce = () => {
      let left = 1
      lambda.faults = () => (left-- > 0 ? 'twice' : undefined)
    }

    test('runs in two environments at the same time, warm or cold, and time stands until both are done', async () => {
      const arn = deploy('slow', slow, { timeout: 30 })
      await lambda.invoke(arn, { wait: 0 })
      lines = []
      twiceOnce()
      clock.timer(1000, () => lines.push('INFO\tin later'))
      await lambda.invoke(arn, { wait: 1500 })
      await clock.sleep(2000)
      expect(said().map(line => line.replace(/ .{36}$/, ''))).toEqual(['in', 'in', 'out', 'out', 'in later'])
    })

    test('has the same request id both times, where it is asynchronous', async () => {
      deploy('slow', slow)
      twiceOnce()
      lambda.invokeLater('slow', { wait: 0 })
      await clock.sleep(1000)
      expect(said()).toHaveLength(4)
      expect(new Set(said().map(line => line.split(' ')[1])).size).toBe(1)
    })
  })

  test('a host that is killed takes all that is warm or under way along', async () => {
    const hanging = deploy('hanging', 'export const handler = () => new Promise(() => setTimeout(() => {}, 60_000))', {
      timeout: 30,
    })
    const victim = deploy('victim', returns("'done'"))
    lambda.faults = ({ name }) => (name === 'victim' ? 'kill-host' : undefined)
    const [other, own] = await Promise.all([lambda.invoke(hanging, {}), lambda.invoke(victim, {})])
    for (const { payload } of [other, own]) expect(payload).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect(lambda.environments()).toBe(0)
  })

  describe('execution environments', () => {
    const counts = 'const me = Math.random(); let n = 0; export const handler = async () => [me, ++n]'
    type Counted = [number, number]
    const call = async (name: string) => (await lambda.invoke(name, {})).payload as Counted

    test('are reused when idle, and one serves one invocation at a time', async () => {
      deploy('counter', counts)
      const [first] = await call('counter')
      expect(await call('counter')).toEqual([first, 2])
      const [left, right] = await Promise.all([call('counter'), call('counter')])
      expect(left[0]).not.toBe(right[0])
      expect([left, right].filter(([me]) => me === first)).toEqual([[first, 3]])
    })

    test('that are idle are capped over all functions, the longest unused ending first', async () => {
      for (const name of ['a', 'b', 'c']) deploy(name, counts)
      const [a] = await call('a')
      const [b] = await call('b')
      await call('c')
      expect(lambda.environments()).toBe(2)
      expect(await call('b')).toEqual([b, 2])
      expect(await call('a')).toEqual([expect.not.toSatisfy(me => me === a), 1])
      expect(lambda.environments()).toBe(2)
    })

    test('of a published version keep its code and settings', async () => {
      deploy('versioned', returns('["first", context.functionVersion, context.invokedFunctionArn]'))
      const one = lambda.publishVersion('versioned')
      expect(lambda.publishVersion('versioned')).toBe(one)
      update('versioned', returns('["second", context.functionVersion]'))
      const two = lambda.publishVersion('versioned')
      expect([one, two].map(arn => arn.split(':').at(-1))).toEqual(['1', '2'])
      expect((await lambda.invoke(one, {})).payload).toEqual(['first', '1', one])
      expect((await lambda.invoke(two, {})).payload).toEqual(['second', '2'])
      expect((await lambda.invoke('versioned', {})).payload).toEqual(['second', '$LATEST'])
    })

    test('of a published version keep its environment and time limit when the function gets others', async () => {
      const tells = returns('process.env.WHICH')
      deploy('tells', tells, { environment: { WHICH: 'first' } })
      const one = lambda.publishVersion('tells')
      update('tells', tells, { environment: { WHICH: 'second' }, timeout: 20 })
      expect((await lambda.invoke(one, {})).payload).toBe('first')
      expect((await lambda.invoke('tells', {})).payload).toBe('second')
      expect([lambda.timeoutOf(one), lambda.timeoutOf('tells')]).toEqual([3, 20])
      expect(lambda.publishVersion('tells')).toBe(functionArn('tells', '2'))
    })
  })

  describe('an asynchronous invocation', () => {
    const counting = (fails: number) =>
      `import { appendFileSync, readFileSync } from 'node:fs'
     export const handler = async (event, context) => {
       appendFileSync(event.file, Date.now() + ' ' + context.awsRequestId + '\\n')
       if (readFileSync(event.file, 'utf8').split('\\n').length <= ${fails} + 1) throw new Error('again')
     }`

    async function attempts(
      fails: number,
      configure?: (arn: string) => void,
    ): Promise<{ seconds: number[]; ids: number }> {
      const arn = deploy('later', counting(fails))
      configure?.(arn)
      const file = join(folder, 'attempts')
      lambda.invokeLater(arn, { file })
      await clock.sleep(3_600_000)
      const written = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(line => line.split(' '))
      return {
        seconds: written.map(([at]) => (Number(at) - START) / 1000),
        ids: new Set(written.map(([, id]) => id)).size,
      }
    }

    test('is repeated after one and two minutes, then dropped with a line in the log', async () => {
      expect(await attempts(9)).toEqual({ seconds: [0, 60, 180], ids: 1 })
      expect(lines.filter(line => /dropped after 3 attempts: .*again/.test(line))).toHaveLength(1)
    })

    test('is not repeated once it succeeds', async () => {
      expect((await attempts(1)).seconds).toEqual([0, 60])
      expect(lines.some(line => line.includes('dropped'))).toBe(false)
    })

    test('is repeated as often as the function is configured for', async () => {
      expect((await attempts(9, arn => lambda.putEventInvokeConfig(arn, { maximumRetryAttempts: 0 }))).seconds).toEqual(
        [0],
      )
    })

    test('is dropped when it grows too old', async () => {
      expect(
        (await attempts(9, arn => lambda.putEventInvokeConfig(arn, { maximumEventAgeInSeconds: 100 }))).seconds,
      ).toEqual([0, 60])
    })

    test('comes to its turn in a burst of others, of which two run at once', async () => {
      const paced = createClock({ drive: 'paced' })
      const bursting = createLambda({ clock: paced, endpoint: () => '', logs() {}, hosts: () => ({}), onSurprise() {} })
      const file = join(folder, 'burst')
      writeFileSync(file, '')
      // The first waits for a second: however slow the machine, two are seen together.
      const body = `import { appendFileSync, readFileSync } from 'node:fs'
      export const handler = async ({ file }) => {
        appendFileSync(file, '+')
        while (!readFileSync(file, 'utf8').includes('++')) await new Promise(setImmediate)
        appendFileSync(file, '-') }`
      try {
        const accessKey = { accessKeyId: 'A', secretAccessKey: 's' }
        const settings = { handler: 'index.handler', runtime: 'nodejs24.x', roleArn: 'r', accessKey, timeout: 20 }
        bursting.createFunction({ ...settings, name: 'burst', code: code(body) })
        for (let count = 0; count < 6; count++) bursting.invokeLater('burst', { file })
        const ended = () => readFileSync(file, 'utf8').split('-').length - 1
        while (ended() < 6) await new Promise(setImmediate)
        const steps = [...readFileSync(file, 'utf8')].map(step => (step === '+' ? 1 : -1))
        const running = steps.map((_, at) => steps.slice(0, at + 1).reduce((sum, step) => sum + step, 0))
        expect(Math.max(...running)).toBe(2)
      } finally {
        await bursting.stop()
        paced.stop()
      }
    })

    test('on behalf of a service needs a permission for that service and resource', async () => {
      const arn = deploy('guarded', returns('1'))
      const rule = 'arn:aws:events:eu-west-1:111122223333:rule/pushes'
      const from = (source: { service: string; arns: string[] }) => () => lambda.invokeLater(arn, {}, source)
      expect(from({ service: 'events.amazonaws.com', arns: [rule] })).toThrow(
        expect.objectContaining({ name: 'AccessDeniedException' }),
      )
      lambda.addPermission({
        function: arn,
        action: 'lambda:InvokeFunction',
        principal: 'events.amazonaws.com',
        sourceArn: rule,
      })
      expect(from({ service: 'events.amazonaws.com', arns: [rule] })).not.toThrow()
      expect(from({ service: 'events.amazonaws.com', arns: [`${rule}2`] })).toThrow(
        expect.objectContaining({ name: 'AccessDeniedException' }),
      )
      expect(from({ service: 'sns.amazonaws.com', arns: [rule] })).toThrow(
        expect.objectContaining({ name: 'AccessDeniedException' }),
      )
    })
  })

  describe('the network of a function', () => {
    const fetching = `export const handler = async ({ url }) => {
    try { const r = await fetch(url); return [r.status, await r.text()] } catch (e) { return [e.cause?.code ?? e.code, e.cause?.message ?? e.message] } }`

    test.for(['http://example.com/', 'https://192.0.2.1:8443/x'])(
      'refuses %s, which is not on this machine',
      async url => {
        const { host, hostname, protocol } = new URL(url)
        const { payload } = await lambda.invoke(deploy('out', fetching), { url })
        const address = host === hostname ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
        expect(payload).toEqual(['EACCES', `connect to ${address} refused: nothing leaves this machine in a rehearsal`])
      },
    )

    test('refuses name servers and datagrams', async () => {
      const body = `import dns from 'node:dns/promises'; import { createSocket } from 'node:dgram'
      export const handler = async () => {
        const socket = createSocket('udp4'); let sent
        try { socket.send('x', 53, '192.0.2.1') } catch (e) { sent = e.code } finally { socket.close() }
        return [await dns.resolve4('example.com').catch(e => e.code), await dns.lookup('example.com').catch(e => e.code), sent] }`
      expect((await lambda.invoke(deploy('asking', body), {})).payload).toEqual(['EACCES', 'EACCES', 'EACCES'])
    })

    test('reaches known hosts on this machine, with and without TLS, by fetch and by node:https', async () => {
      const server = createServer((request, response) => response.end(`${request.headers.host}${request.url}`))
      await clock.during('listen', () => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
      try {
        hosts = { 'api.example.com': (server.address() as AddressInfo).port }
        const body = `import https from 'node:https'
        const get = url => new Promise((resolve, reject) => https.get(url, r => r.setEncoding('utf8').on('data', resolve)).on('error', reject))
        export const handler = async () => Promise.all([
          fetch('https://api.example.com/a').then(r => r.text()), fetch('http://API.example.com/b').then(r => r.text()), get('https://api.example.com/c')])`
        expect((await lambda.invoke(deploy('caller', body), {})).payload).toEqual(
          ['a', 'b', 'c'].map(path => `api.example.com/${path}`),
        )
      } finally {
        server.close()
      }
    })
  })

  describe('a function is not created', () => {
    const settings = { name: 'f', handler: 'index.handler', runtime: 'nodejs24.x', roleArn: 'r' }
    const refused: [string, object, string][] = [
      ['twice', { name: 'taken' }, 'ResourceConflictException'],
      ['with a name that is none', { name: 'a b' }, 'ValidationException'],
      ['for another runtime', { runtime: 'nodejs22.x' }, 'NotRehearsed'],
      ['with a time limit above 15 minutes', { timeout: 901 }, 'ValidationException'],
      ['with too little memory', { memorySize: 64 }, 'ValidationException'],
      [
        'with an environment that says what Lambda says',
        { environment: { AWS_REGION: 'x' } },
        'InvalidParameterValueException',
      ],
      ['with an environment above 4 KB', { environment: { A: 'x'.repeat(4096) } }, 'InvalidParameterValueException'],
    ]
    test.for(refused)('%s', ([, change, name]) => {
      deploy('taken', returns('1'))
      const accessKey = { accessKeyId: 'A', secretAccessKey: 's' }
      const create = () => lambda.createFunction({ ...settings, accessKey, code: code(''), ...change })
      expect(create).toThrow(expect.objectContaining({ name }))
    })
  })

  describe('the operation Invoke', () => {
    const invoke = (input: object) => Promise.resolve(lambda.operations.Invoke?.(input, OPERATOR))
    const text = (value: string) => new TextEncoder().encode(value)

    test('answers payload, version and function error', async () => {
      deploy('echo', returns('event'))
      deploy('thrower', `export const handler = async () => { throw new Error('x') }`)
      lambda.publishVersion('echo')
      expect(await invoke({ FunctionName: 'echo', Qualifier: '1', Payload: text('[1]') })).toEqual({
        StatusCode: 200,
        ExecutedVersion: '1',
        Payload: Buffer.from('[1]'),
      })
      expect(await invoke({ FunctionName: 'echo', InvocationType: 'Event' })).toEqual({ StatusCode: 202 })
      for (const reference of ['111122223333:function:echo', 'function:echo', 'echo:$LATEST', functionArn('echo', '1')])
        expect(await invoke({ FunctionName: reference })).toMatchObject({ StatusCode: 200 })
      expect(await invoke({ FunctionName: 'thrower' })).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' })
    })

    const refused: [object, string][] = [
      [{ FunctionName: 'absent' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'echo:7' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'echo:1', Qualifier: '2' }, 'InvalidParameterValueException'],
      [{ FunctionName: 'no such name' }, 'ValidationException'],
      [{ FunctionName: 'arn:aws:lambda:us-east-1:111122223333:function:echo' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'arn:aws:lambda:eu-west-1:999999999999:function:echo' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'echo', InvocationType: 'Sometimes' }, 'ValidationException'],
      [{ FunctionName: 'echo', InvocationType: 'DryRun' }, 'NotRehearsed'],
      [{ FunctionName: 'echo', LogType: 'Tail' }, 'NotRehearsed'],
      [{ FunctionName: 'echo', ClientContext: 'e30=' }, 'NotRehearsed'],
      [{ FunctionName: 'echo', Payload: text('{') }, 'InvalidRequestContentException'],
      [{ FunctionName: 'echo', Payload: text(`"${'x'.repeat(6 * 1024 * 1024)}"`) }, 'RequestTooLargeException'],
      [
        { FunctionName: 'echo', InvocationType: 'Event', Payload: text(`"${'x'.repeat(1024 * 1024)}"`) },
        'RequestTooLargeException',
      ],
    ]
    test.for(refused.map(([input, name], at) => ({ at, input, name })))(
      'refuses case $at with $name',
      async ({ input, name }) => {
        deploy('echo', returns('event'))
        await expect(invoke(input)).rejects.toMatchObject({ name })
      },
    )
  })

  describe('the versions of a function', () => {
    const ask = async (operation: string, input: object) => lambda.operations[operation]?.(input, OPERATOR)
    const versions = async (input: object = {}) => {
      const answer = (await ask('ListVersionsByFunction', { FunctionName: 'steps', ...input })) as {
        Versions: { Version: string; FunctionArn: string }[]
        NextMarker?: string
      }
      return { ...answer, names: answer.Versions.map(({ Version }) => Version) }
    }
    const publish = (count: number) => {
      for (let n = 0; n < count; n++) {
        update('steps', 'export const handler = () => 1', { environment: { N: String(n) } })
        lambda.publishVersion('steps')
      }
    }
    const remove = (input: object) => ask('DeleteFunction', { FunctionName: 'steps', ...input })

    beforeEach(() => void deploy('steps', 'export const handler = () => 1'))

    test('are listed from $LATEST on, fifty at once at most', async () => {
      publish(60)
      const first = await versions({ MaxItems: 1_000 })
      expect(first.names).toHaveLength(50)
      expect(first.Versions.slice(0, 2)).toMatchObject([
        { Version: '$LATEST' },
        { Version: '1', FunctionArn: functionArn('steps', '1') },
      ])
      const rest = await versions({ Marker: first.NextMarker })
      expect(rest.names).toEqual(Array.from({ length: 11 }, (_, n) => String(50 + n)))
      expect(rest.NextMarker).toBeUndefined()
    })

    test('are gone for whoever calls them once deleted, and their numbers are not used again', async () => {
      publish(2)
      await remove({ Qualifier: '1' })
      await remove({ FunctionName: functionArn('steps', '2') })
      expect((await versions()).names).toEqual(['$LATEST'])
      await expect(lambda.invoke(functionArn('steps', '2'), {})).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      })
      expect(lambda.publishVersion('steps')).toBe(functionArn('steps', '3'))
    })

    test.each([
      [{ Qualifier: '7' }, 'ResourceNotFoundException'],
      [{ Qualifier: '$LATEST' }, 'InvalidParameterValueException'],
      [{}, 'NotRehearsed'],
      [{ FunctionName: functionArn('steps') }, 'NotRehearsed'],
    ])('are not deleted by %j', async (input, name) => {
      await expect(remove(input)).rejects.toMatchObject({ name })
      expect((await versions()).names).toEqual(['$LATEST'])
    })
  })
}
