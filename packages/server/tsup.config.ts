import { defineConfig } from 'tsup'
import { inlineWorker } from './inline-worker.js'

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
