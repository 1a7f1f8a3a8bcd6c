import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { webpack } from 'webpack'

const entrySource = `export { createClient } from '@tidings/sdk'\n`

/** Bundles the SDK for browsers with Vite; resolves to the bundle's path. */
export async function bundleWithVite(folder: string): Promise<string> {
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: join(folder, 'vite'),
      lib: { entry: writeEntry(folder), formats: ['es'], fileName: () => 'bundle.mjs' },
    },
  })
  return join(folder, 'vite/bundle.mjs')
}

/** Bundles the SDK for browsers with webpack; a warning is a failure. */
export function bundleWithWebpack(folder: string): Promise<string> {
  const compiler = webpack({
    context: folder,
    mode: 'production',
    target: 'web',
    entry: writeEntry(folder),
    experiments: { outputModule: true },
    output: {
      path: join(folder, 'webpack'),
      filename: 'bundle.mjs',
      chunkFormat: 'module',
      publicPath: './',
      library: { type: 'module' },
    },
  })
  return new Promise((resolve, reject) => {
    compiler?.run((error, stats) => {
      const complaints = stats?.toString({ all: false, errors: true, warnings: true }) ?? ''
      if (error) reject(error)
      else if (complaints) reject(new Error(complaints))
      else resolve(join(folder, 'webpack/bundle.mjs'))
    })
  })
}

function writeEntry(folder: string): string {
  const entry = join(folder, 'bundled/entry.js')
  mkdirSync(join(folder, 'bundled'), { recursive: true })
  writeFileSync(entry, entrySource)
  return entry
}
