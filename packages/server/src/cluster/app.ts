import type { ApiInstance } from '../api/app.js'
import { createOperatorApp } from '../api/operator-app.js'
import { openApi } from '../compose/api.js'
import { checksOf } from './checks.js'
import { createHealth } from './health.js'
import { measureLag } from './lag.js'
import type { OpenPorts } from './ports.js'
import type { Roles, Running } from './running.js'

/** REST where this process plays `api`, else the operator's pages alone. */
export async function openApp(
  { config, log, metrics, traces, fatal, parts, devLogin, closers }: Running,
  services: OpenPorts,
  roles: Roles,
  isClosing: () => boolean,
): Promise<ApiInstance> {
  const { environment } = parts
  const { serving, sequencing } = roles
  const asked = createHealth({ environment, checks: checksOf(services, roles) })
  const operator = {
    log,
    basePath: config.basePath,
    health: async () => ({
      server: isClosing() ? 'closing' : 'ok',
      ...(await asked()),
      ...(sequencing !== undefined && fatal.error !== undefined && { sequencer: 'stopped' }),
    }),
    async metrics() {
      if (sequencing !== undefined) await measureLag(services.commandLog, metrics, parts.onTrouble)
      const { registry } = metrics
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
  const app =
    serving !== undefined && config.roles.includes('api')
      ? await openApi({
          ...operator,
          traces,
          config,
          operations: serving.roles,
          ports: serving.ports,
          counters: metrics,
          devLogin,
        })
      : await createOperatorApp({ ...operator, makeId: environment.randomId })
  closers.add(() => app.close())
  await app.ready()
  return app
}
