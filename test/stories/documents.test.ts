import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { COMMANDS, runCommand } from '../../cli/commands/commands.ts'
import { readFault } from '../../cli/faults/catalogue.ts'
import { readRehearseArguments } from '../../cli/rehearsing/rehearse-arguments.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { commandsIn, documents, fenced, ROOT } from './documents.ts'
import { demo, story } from './rehearsed.ts'

const SLUICE = 'npm run -s sluice -- '

/**
 * What the documents have people type of `sluice`, in an order in which each makes sense after v2 was released, with the exit
 * code: 1 where nothing is left to do, as the documents' readers would see as well.
 */
const SESSION: Record<string, number> = {
  '--help': 0,
  'validate apps/shop.yaml': 0,
  releases: 0,
  'show demo v2': 0,
  'watch demo': 0,
  'doctor demo': 0,
  'rollback demo production --reason "customers cannot pay"': 0,
  'lift demo production': 0,
  'lift demo production <release>': 0,
  'approve demo production --as Ana --comment "looks good"': 1,
  'abort demo --reason "the wrong branch"': 1,
  'unlock demo production': 1,
}

/** Everything else that can be typed, and where it is run. */
const RUN_BY: Record<string, string> = {
  'npm ci': '.ci/run',
  'npm ci && npm test': '.ci/run',
  'npm test': '.ci/run',
  'npm run check': '.ci/run',
  'npm run synth': '.ci/run',
  'npm run conformance [-- dir]': '.ci/run',
  'npm run bench': 'test/bench/crowd.test.ts',
  'npm run stories': '.ci/run',
  'npm run attacks': 'test/stories/attacks.test.ts',
  'npm run faults': 'test/stories/faults.test.ts',
  'npm run faults -- --only LockStage': 'test/cli/faults/cells.test.ts',
  'npm run faults -- --journey automatic-rollback': 'test/cli/faults/cells.test.ts',
  'npm run faults -- --alone': 'test/cli/faults/cells.test.ts',
  'npm run faults -- --random SEED 100': 'test/stories/faults.test.ts',
  'npm run faults -- --random SEED:17 1': 'test/stories/faults.test.ts',
  'npm run faults -- --mutate': 'test/cli/faults/cells.test.ts',
  'npm run permissions': 'test/cli/permissions.test.ts',
  'npm run permissions -- --mutate': 'test/cli/permissions.test.ts',
  'npm run probe': 'test/cli/probe.test.ts',
  'npm start': 'test/stories/released.test.ts',
  'npm ci && npm start': 'test/stories/released.test.ts',
  'npm start -- --approve': 'test/stories/released.test.ts',
  'npm start -- --stay': 'test/cli/running.test.ts',
}

const COMMAND_TEXTS = documents().flatMap(commandsIn)
const here = COMMAND_TEXTS.filter(({ needsAccount }) => !needsAccount)

test('whatever the documents say to type is run by a test, or marked as needing an account', () => {
  const unknown = here.filter(({ typed }) => {
    if (typed.startsWith(SLUICE)) return !(typed.slice(SLUICE.length) in SESSION)
    if (typed.startsWith('sluice ')) return !Object.hasOwn(COMMANDS, typed.split(' ')[1] ?? '')
    if (/^npm (?:run rehearse|start) -- .*--scenario/.test(typed)) return !isRehearsable(typed)
    if (/^npm run rehearse -- .*--fault/.test(typed)) return readFault(typed.replace(/.*--fault /, '')).kind !== 'fault'
    return !existsSync(join(ROOT, RUN_BY[typed] ?? 'nowhere'))
  })
  expect(unknown).toEqual([])
})

test('no command is tried that no document has', () => {
  const typed = new Set(COMMAND_TEXTS.map(one => one.typed))
  expect(Object.keys(SESSION).filter(one => !typed.has(SLUICE + one))).toEqual([])
  expect(Object.keys(RUN_BY).filter(one => !typed.has(one))).toEqual([])
})

test('what needs an account is at least a command that there is', () => {
  const asked = COMMAND_TEXTS.filter(({ typed, needsAccount }) => needsAccount && typed.startsWith(SLUICE))
  const names = asked.map(({ typed }) => typed.slice(SLUICE.length).split(' ')[0] ?? '')
  expect(names.filter(name => !Object.hasOwn(COMMANDS, name))).toEqual([])
})

test('each command does what its document says, one after the other', async () => {
  await story('release', demo())
  const folder = mkdtempSync(join(tmpdir(), 'sluice-documents-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const shop = join(folder, 'shop.yaml')
  writeFileSync(shop, firstApplication())
  for (const [command, expected] of Object.entries(SESSION)) {
    let said = ''
    const screen = createScreen({
      write: text => {
        said += text
      },
    })
    const args = words(command.replace('apps/shop.yaml', shop).replace('<release>', 'v2'))
    const code = await runCommand(args, { screen, style: PLAIN, note: () => {} })
    expect({ command, code, said }).toEqual({ command, code: expected, said })
  }
})

test('every file and every page that a document names is there', () => {
  const gone = documents().flatMap(document => {
    const links = [...document.text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => to)
    const paths = [
      ...document.text.matchAll(/`((?:test|functions|domain|infra|events|statemachines|rehearsal|cli)\/[\w./-]*)`/g),
    ]
    return [
      ...links.filter(to => !to.includes(':')).map(to => join(dirname(document.path), to)),
      ...paths.map(([, path = '']) => path),
    ]
      .filter(path => !existsSync(join(ROOT, path)))
      .map(path => `${document.path}: ${path}`)
  })
  expect(gone).toEqual([])
})

test('every test that a document names says what the document says that it does', () => {
  const named = documents().flatMap(({ text }) => [...text.matchAll(/`(test\/[\w./-]+) › ([^`]+)`/g)])
  expect(named.length).toBeGreaterThan(10)
  const gone = named.filter(([, file = '', title = '']) => !readFileSync(join(ROOT, file), 'utf8').includes(title))
  expect(gone.map(([whole]) => whole)).toEqual([])
})

test('what the first deployment creates is named, each type of resource', () => {
  const page = readFileSync(join(ROOT, 'docs/first-release.md'), 'utf8')
  const words = [
    'Lambda',
    'DynamoDB',
    'EventBridge',
    'SNS',
    'SQS',
    'CloudWatch',
    'API Gateway',
    'Secrets Manager',
    'Step Functions',
    'IAM',
  ]
  expect(words.filter(word => !page.includes(word))).toEqual([])
})

function firstApplication(): string {
  const page = documents().find(({ path }) => path.endsWith('first-release.md'))
  const [file] = page ? fenced(page, 'yaml').filter(block => block.includes('\napp: ')) : []
  if (!file) throw new Error('docs/first-release.md shows no application file')
  return file
}

function isRehearsable(typed: string): boolean {
  const args = typed.replace(/^npm (?:run rehearse|start) -- /, '').replace('--approve ', '')
  if (args.startsWith('<')) return true
  readRehearseArguments(words(typed.startsWith('npm start') ? `apps/demo.yaml ${args}` : args))
  return true
}

/** As a shell would part them. */
const words = (typed: string) =>
  [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
