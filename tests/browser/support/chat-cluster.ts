import { servePages } from '../../../scripts/cluster/command/pages.js'
import { startCluster } from '../../../scripts/cluster/index.js'
import { servicesOfRun } from '../../support/cluster/installation.js'
import type { Chat } from './chat.js'

// here no hook's timeout counts
const services = await servicesOfRun()
const pages = await servePages()
const cluster = await startCluster({
  services,
  store: 'postgres',
  api: 1,
  gateways: 2,
  sequencers: 1,
  devLogin: true,
  pages: pages.address,
  settings: { logLevel: 'warn' },
})

/**
 * Processes behind a load balancer, and all of them are killed at once. The page itself comes from elsewhere: it
 * stays, as a web server would. One for each file.
 */
export async function newChatCluster(): Promise<Chat> {
  const { url, processes } = cluster
  return {
    url: `${url}/`,
    async start() {
      const gone = processes.filter(({ isRunning }) => !isRunning)
      await Promise.all(gone.map((process) => process.restart()))
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
