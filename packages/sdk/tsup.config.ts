import { defineConfig } from 'tsup'

// `isomorphic-ws` and `ws` stay external: inlined with a neutral platform, the class is `undefined` on Node 20.
const parts = {
  file: 'src/storage/file.ts',
  presence: 'src/features/presence/index.ts',
  receipts: 'src/features/receipts/index.ts',
  rest: 'src/rest/index.ts',
  typing: 'src/features/typing/index.ts',
}

export default defineConfig({
  entry: { index: 'src/index.ts', browser: 'src/browser.ts', ...parts },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // The browser's entry exports the same. The types name AsyncDisposable, which most projects' `lib` has not.
  dts: {
    entry: { index: 'src/index.ts', ...parts },
    banner: '/// <reference lib="esnext.disposable" />',
  },
  sourcemap: true,
  clean: true,
})
