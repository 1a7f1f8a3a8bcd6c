import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Break } from './breaks/break.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, '.cache', 'simulator')

/** A deliberate break that does not fit the sources any more: it proves nothing until it is renewed. */
export class BreakDoesNotApply extends Error {
  override readonly name = 'BreakDoesNotApply'
}

/**
 * Bundles the simulator with the packages' sources into one file, and returns its path. With a break, what it
 * replaces is replaced in the copy that is bundled: the sources stay as they are.
 */
export async function buildWorker(broken?: Break): Promise<string> {
  const name = broken === undefined ? 'worker' : `broken-${broken.name}`
  const outfile = join(folder, `${name}-${process.pid}.mjs`)
  mkdirSync(folder, { recursive: true })
  const applied = new Set<string>()
  await build({
    entryPoints: [join(root, 'tests/simulator/worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    conditions: ['tidings-source'],
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [external, ...(broken ? [breaking(broken, applied)] : [])],
  })
  for (const { file } of broken?.replacements ?? []) {
    if (!applied.has(file)) {
      throw new BreakDoesNotApply(`${broken?.name}: ${file} is no part of the simulator.`)
    }
  }
  return outfile
}

/** Everything that is not ours stays where it is. */
const external: Plugin = {
  name: 'external',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@tidings/') ? undefined : { path, external: true },
    )
  },
}

function breaking(broken: Break, applied: Set<string>): Plugin {
  const byFile = new Map<string, Break['replacements'][number][]>()
  for (const replacement of broken.replacements) {
    const file = join(root, replacement.file)
    byFile.set(file, [...(byFile.get(file) ?? []), replacement])
  }
  return {
    name: 'break',
    setup(bundle) {
      bundle.onLoad({ filter: /packages\/.*\.ts$/ }, ({ path }) => {
        const replacements = byFile.get(path)
        if (replacements === undefined) return undefined
        let contents = readFileSync(path, 'utf8')
        for (const { find, replace, file } of replacements) {
          const count = contents.split(find).length - 1
          if (count !== 1) {
            throw new BreakDoesNotApply(
              `${broken.name}: what it replaces stands ${count} times in ${relative(root, path)}.`,
            )
          }
          contents = contents.replace(find, () => replace)
          applied.add(file)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
}

/** Names a plan in a few letters. */
export const fingerprint = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8)
