import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/** CommonJS dependencies inside an ES module ask for `require`. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/**
 * Bundles these files of `functions/`, each by itself, and returns the folder with one folder for each. One run of esbuild
 * for all: NodejsFunction starts npx and esbuild once per function, which takes ten times as long.
 */
export function bundle(files: string[]): string {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  // Go's collector otherwise lets esbuild grow by half a gigabyte for a second or two.
  process.env.GOMEMLIMIT ??= '220MiB'
  buildSync({
    entryPoints: Object.fromEntries(files.map(file => [`${file}/index`, join(ROOT, 'functions', `${file}.ts`)])),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    alias: {
      // Lambda hands its credentials over in the environment; the chain of other sources is dead weight there.
      '@aws-sdk/credential-provider-node': join(ROOT, 'functions/aws/credentials.ts'),
      '@smithy/core/event-streams': join(ROOT, 'functions/aws/event-streams.ts'),
      '@aws-sdk/middleware-endpoint-discovery': join(ROOT, 'functions/aws/endpoint-discovery.ts'),
    },
    logLevel: 'warning',
  })
  return outdir
}
