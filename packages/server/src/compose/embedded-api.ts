import type { ApiInstance } from '../api/app.js'
import type { Made } from '../compose.js'
import type { Core, CorePorts } from '../core.js'
import { openApi } from './api.js'

/** REST and the operator's pages, over everything in this process. */
export async function openEmbeddedApi(
  core: Core,
  ports: CorePorts,
  { config, log, devLogin, fatal, data, metrics, traces }: Made,
  isClosing: () => boolean,
): Promise<ApiInstance> {
  const api = await openApi({
    log,
    traces,
    config,
    operations: core,
    ports,
    counters: metrics,
    devLogin,
    health: async () => ({
      server: isClosing() ? 'closing' : 'ok',
      store: data.driver.health().state === 'up' ? 'ok' : data.driver.health().state,
      sequencer: fatal.error === undefined ? 'ok' : 'stopped',
    }),
    metrics: async () => {
      for (const [partition, records] of (await ports.log.lag()).entries()) {
        metrics.logLag.set({ partition: String(partition) }, records)
      }
      return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }
    },
  })
  await api.ready()
  return api
}
