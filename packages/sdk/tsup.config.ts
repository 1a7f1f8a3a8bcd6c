import { defineConfig } from 'tsup'

// `isomorphic-ws` and `ws` stay external: inlined with a neutral platform, the class is `undefined` on Node 20.
export default defineConfig({
  entry: { index: 'src/index.ts', rest: 'src/rest/index.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  dts: true,
  sourcemap: true,
  clean: true,
})
