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
  const name = `${basename(script, '.ts')}-${process.pid}`
  await build({
    entryPoints: [{ in: fileURLToPath(new URL(script, import.meta.url)), out: name }],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // what the package loads when it is needed, as everything of a cluster, is not loaded before it is here either
    splitting: true,
    chunkNames: `${name}-[hash]`,
    platform: 'node',
    format: 'esm',
    target: 'node22.13',
    conditions: ['tidings-source'],
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [inlineWorker, installed],
  })
  return join(folder, `${name}.mjs`)
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
