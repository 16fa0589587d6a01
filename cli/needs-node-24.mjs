// Runs before every command, in the JavaScript that any Node reads: the commands themselves are TypeScript.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `Sluice runs on Node 24, and this is ${process.version}. \`npm ci\` brings Node 24 along (package "node", by its ` +
      'install script). If scripts were skipped: npm rebuild node',
  )
  process.exit(1)
}
