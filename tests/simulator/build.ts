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
  return {
    name: 'break',
    setup(bundle) {
      bundle.onLoad({ filter: /packages\/.*\.ts$/ }, ({ path }) => {
        const file = relative(root, path)
        if (!broken.replacements.some((replacement) => replacement.file === file)) return undefined
        applied.add(file)
        return { contents: brokenSource(broken, file), loader: 'ts' }
      })
    },
  }
}

/** A source with the mistake in it. Throws BreakDoesNotApply unless everything that is replaced stands there once. */
export function brokenSource({ name, replacements }: Break, file: string): string {
  let contents = readFileSync(join(root, file), 'utf8')
  for (const { find, replace } of replacements.filter((replacement) => replacement.file === file)) {
    const count = contents.split(find).length - 1
    if (count !== 1) {
      const what = JSON.stringify(find.trim().split('\n')[0])
      throw new BreakDoesNotApply(`${name}: ${what} stands ${count} times in ${file}, not once.`)
    }
    contents = contents.replace(find, () => replace)
  }
  return contents
}
