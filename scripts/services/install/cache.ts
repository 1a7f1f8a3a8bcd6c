import { fileURLToPath } from 'node:url'

/** What was fetched once for this copy of the repository. */
export const cacheFolder = fileURLToPath(new URL('../../../.cache/services/', import.meta.url))
