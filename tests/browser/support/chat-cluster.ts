import { servePages } from '../../../scripts/cluster/command/pages.js'
import { type ClusterRole, startCluster } from '../../../scripts/cluster/index.js'
import { servicesOfRun } from '../../support/cluster/installation.js'
import { storeOfRun } from '../../support/store-of-run.js'
import type { Chat } from './chat.js'
import { fillOverRest } from './fill.js'

// here no hook's timeout counts
const services = await servicesOfRun()
const pages = await servePages()
const cluster = await startCluster({
  services,
  store: storeOfRun(),
  api: 1,
  gateways: 2,
  sequencers: 1,
  devLogin: true,
  pages: pages.address,
  // what one back end says at once is no conversation
  settings: { logLevel: 'warn', sendRatePerS: 0, channelRatePerS: 0, requestRatePerS: 0 },
})

/**
 * Processes behind a load balancer, and all of them are killed at once. The page itself comes from elsewhere: it
 * stays, as a web server would. One for each file.
 */
export async function newChatCluster(): Promise<Chat> {
  const { url, processes, serverKey } = cluster
  const start = async (roles: readonly ClusterRole[]): Promise<void> => {
    const gone = processes.filter(({ isRunning, role }) => !isRunning && roles.includes(role))
    await Promise.all(gone.map((process) => process.restart()))
  }
  return {
    url: `${url}/`,
    start: () => start(['api', 'gateway', 'sequencer']),
    async fill(count) {
      await start(['api', 'sequencer'])
      const api = processes.find(({ role }) => role === 'api')
      if (api === undefined) throw new Error('there is no api')
      return fillOverRest(api.url, serverKey, count)
    },
    async kill() {
      await Promise.all(processes.map((process) => process.kill()))
    },
    async remove() {
      await cluster.close()
      pages.close()
    },
  }
}
