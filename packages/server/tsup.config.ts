import { build, type Plugin } from 'esbuild'
import { defineConfig } from 'tsup'

/** Puts the bundled worker where, in source, its text loads TypeScript: no file of ours has to be found at run time. */
const inlineWorker: Plugin = {
  name: 'inline-worker',
  setup({ onLoad }) {
    onLoad({ filter: /sqlite[\\/]worker-source\.ts$/ }, async () => {
      const { outputFiles } = await build({
        entryPoints: ['src/adapters/sql/sqlite/worker/main.ts'],
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

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    cli: 'src/cli.ts',
    ports: 'src/ports/index.ts',
    contract: 'src/ports/contract/index.ts',
  },
  format: 'esm',
  target: 'node22.13',
  platform: 'node',
  removeNodeProtocol: false,
  dts: true,
  sourcemap: true,
  clean: true,
  esbuildPlugins: [inlineWorker],
})
