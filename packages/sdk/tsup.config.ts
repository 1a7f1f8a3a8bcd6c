import { defineConfig } from 'tsup'

// `isomorphic-ws` and `ws` stay external: inlined with a neutral platform, the class is `undefined` on Node 20.
export default defineConfig({
  entry: { index: 'src/index.ts', browser: 'src/browser.ts', rest: 'src/rest/index.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // The browser's entry exports the same.
  dts: { entry: { index: 'src/index.ts', rest: 'src/rest/index.ts' } },
  sourcemap: true,
  clean: true,
})
