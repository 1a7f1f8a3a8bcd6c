/**
 * The worker as text, so that it starts wherever this code ends up: in `dist`, in an embedder's bundle, or
 * under a test runner. A build replaces this module by one that holds the bundled worker; from source, the
 * text loads the TypeScript beside it.
 */
export const workerSource = `
const { registerHooks } = require('node:module')
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context)
    } catch (error) {
      if (!specifier.endsWith('.js')) throw error
      return next(specifier.slice(0, -3) + '.ts', context)
    }
  },
})
import(${JSON.stringify(new URL('./worker/main.ts', import.meta.url).href)})
`
