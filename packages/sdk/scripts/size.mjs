/**
 * Measures what the sample of the README costs in a browser: bundled, minified, gzipped, chunks that
 * are loaded lazily counted. `npm run size` is the budget: it fails when the whole has grown, or when
 * a part weighs other than SIZE.md says; `npm run size -- --write` writes SIZE.md.
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
/** A part may shrink or grow by so much before its row is out of date. */
const PART_TOLERANCE_BYTES = 64

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

What the sample of the README costs in a browser: minified, gzipped, lazily loaded chunks counted. Written by \`npm run size -- --write\`; \`npm run size\`, which CI runs, fails when the whole has grown or a part weighs other than this page says. Where the bytes are, and why the goal is not met: \`decisions/sdk-size.md\` in the repository.

**${kib(bytes)} KiB** (${bytes} bytes); the goal is ${GOAL_KIB} KiB.

| part | adds (KiB) |
| --- | ---: |
${rows.map(({ part, bytes: adds }) => `| ${part} | ${kib(adds)} |`).join('\n')}

A part adds the difference between everything and everything without it: what parts share counts for none, so the rows sum up to less than the whole.
`
}

/** What is not as the page says. */
function differences(text, bytes, rows) {
  const recorded = Number(/\((\d+) bytes\)/.exec(text)?.[1])
  const grown =
    bytes <= recorded + TOLERANCE_BYTES ? [] : [`all of it: ${bytes - recorded} bytes more`]
  const stated = new Map(
    [...text.matchAll(/^\| (\S+) \| ([\d.]+) \|$/gm)].map(([, part, adds]) => [part, adds * 1024]),
  )
  const moved = rows.filter(
    ({ part, bytes: adds }) => !(Math.abs(adds - stated.get(part)) <= PART_TOLERANCE_BYTES),
  )
  return [...grown, ...moved.map(({ part, bytes: adds }) => `${part}: ${kib(adds)} KiB now`)]
}

const [bytes, rows] = await Promise.all([total(), parts()])
if (process.argv.includes('--write')) {
  await writeFile(record, page(bytes, rows))
  process.stdout.write(page(bytes, rows))
} else {
  const wrong = differences(await readFile(record, 'utf8'), bytes, rows)
  process.stdout.write(`${kib(bytes)} KiB, goal ${GOAL_KIB} KiB\n`)
  if (wrong.length > 0) {
    process.stderr.write(
      `SIZE.md does not say so:\n${wrong.join('\n')}\nRun \`npm run size -- --write\` in packages/sdk and say why in the commit.\n`,
    )
    process.exitCode = 1
  }
}
