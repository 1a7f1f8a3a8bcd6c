import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { inlineWorker } from '../../../packages/server/inline-worker.js'

const folder = fileURLToPath(new URL('../../../.cache/bench', import.meta.url))
const built = new Map<string, Promise<string>>()

/**
 * A peer as plain JavaScript, as an installed package is: what a development loader adds to functions would
 * be measured otherwise. Resolves to the file.
 */
export function buildPeer(script: string): Promise<string> {
  let file = built.get(script)
  if (file === undefined) {
    file = bundle(script)
    built.set(script, file)
  }
  return file
}

async function bundle(script: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, `${basename(script, '.ts')}-${process.pid}.mjs`)
  await build({
    entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.13',
    conditions: ['tidings-source'],
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [inlineWorker, installed],
  })
  return outfile
}

/** What is not ours is loaded from where it is installed. */
const installed: Plugin = {
  name: 'installed',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@tidings/') ? undefined : { path, external: true },
    )
  },
}
