import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const entry = fileURLToPath(new URL('src/adapters/sql/sqlite/worker/main.ts', import.meta.url))

/** Puts the bundled worker where, in source, its text loads TypeScript: no file of ours has to be found at run time. */
export const inlineWorker: Plugin = {
  name: 'inline-worker',
  setup({ onLoad }) {
    onLoad({ filter: /sqlite[\\/]worker-source\.ts$/ }, async () => {
      const { outputFiles } = await build({
        entryPoints: [entry],
        bundle: true,
        format: 'cjs',
        platform: 'node',
        target: 'node22.13',
        write: false,
      })
      const text = outputFiles[0]?.text ?? ''
      return { contents: `export const workerSource = ${JSON.stringify(text)}`, loader: 'js' }
    })
  },
}
