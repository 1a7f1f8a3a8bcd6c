/**
 * Measures what the sample of the README costs in a browser: bundled, minified, gzipped, chunks that
 * are loaded lazily counted. `npm run size` fails when the package has grown and SIZE.md
 * does not say so; `npm run size -- --write` writes it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const record = join(root, 'SIZE.md')
const GOAL_KIB = 14
/** Versions of zlib differ by a few bytes. */
const TOLERANCE_BYTES = 32

const gzipped = (text) => gzipSync(text, { level: 9 }).length
const kib = (bytes) => (bytes / 1024).toFixed(2)

const common = {
  stdin: {
    contents: `export { createClient } from './src/browser.ts'`,
    resolveDir: root,
    loader: 'ts',
  },
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  splitting: true,
  outdir: join(root, 'size'),
  conditions: ['tidings-source'],
  metafile: true,
  write: false,
  logLevel: 'error',
}

async function total() {
  const { outputFiles } = await build({ ...common, minify: true })
  return outputFiles.reduce((sum, { text }) => sum + gzipped(text), 0)
}

/** The folder of a module under src, or the package that it comes from. */
function partOf(path) {
  const place = relative(root, join(root, path)).replaceAll('\\', '/')
  const npm = /node_modules\/([^/]+)/.exec(place)
  if (npm) return npm[1]
  if (place.includes('protocol/src')) return '@tidings/protocol'
  const [, folder, file] = /^src\/([^/]+)(?:\/(.*))?$/.exec(place) ?? []
  return file === undefined ? 'client' : folder
}

/** What each part adds: all of it together, less all without the part. */
async function parts() {
  const { outputFiles } = await build({ ...common, minifySyntax: true, minifyIdentifiers: true })
  const modules = []
  for (const { text } of outputFiles) {
    for (const piece of text.split(/^\/\/ (?=[^\n]*\.[jt]s\n)/m).slice(1)) {
      const end = piece.indexOf('\n')
      const { code } = await transform(piece.slice(end + 1), { minifyWhitespace: true })
      modules.push({ part: partOf(piece.slice(0, end)), code })
    }
  }
  const sizeOf = (some) => gzipped(some.map(({ code }) => code).join(''))
  const all = sizeOf(modules)
  return [...new Set(modules.map(({ part }) => part))]
    .map((part) => ({ part, bytes: all - sizeOf(modules.filter((one) => one.part !== part)) }))
    .sort((a, b) => b.bytes - a.bytes)
}

function page(bytes, rows) {
  return `# Size

What the sample of the README costs in a browser: minified, gzipped, lazily loaded chunks counted. Written by \`npm run size -- --write\`; \`npm run size\`, which CI runs, fails when the package has grown and this page does not say so.

**${kib(bytes)} KiB** (${bytes} bytes); the goal is ${GOAL_KIB} KiB.

| part | adds (KiB) |
| --- | ---: |
${rows.map(({ part, bytes: adds }) => `| ${part} | ${kib(adds)} |`).join('\n')}

A part adds the difference between everything and everything without it: what parts share counts for none, so the rows sum up to less than the whole.
`
}

const bytes = await total()
if (!process.argv.includes('--write')) {
  const recorded = Number(/\((\d+) bytes\)/.exec(await readFile(record, 'utf8'))?.[1])
  process.stdout.write(`${kib(bytes)} KiB; recorded ${kib(recorded)} KiB, goal ${GOAL_KIB} KiB\n`)
  if (!(bytes <= recorded + TOLERANCE_BYTES)) {
    process.stderr.write(
      'The SDK has grown: run `npm run size -- --write` in packages/sdk and say why in the commit.\n',
    )
    process.exitCode = 1
  }
} else {
  const rows = await parts()
  await writeFile(record, page(bytes, rows))
  process.stdout.write(page(bytes, rows))
}
