/**
 * Vitest's global set-up for files that need real services. Nothing starts until a file asks, and what one
 * file has started all files of the run share, over all workers; it is gone when the run ends:
 *
 *     import { useService } from '…/services/use-service.js'
 *     const { brokers } = await useService('kafka') // at the top of the file, where no hook's timeout counts
 *
 * Words: kafka, kafka=3, cassandra, cassandra=3, redis, redis=cluster, redis=sentinel, postgres.
 * Shared means: make topics, keyspaces, databases and key prefixes of your own (a random name), flush and
 * delete nothing else, and break nothing. A file that kills or freezes nodes starts its own services with
 * `startServices` from scripts/services/index.ts, which gives it handles on each node.
 * Addresses in the environment (TIDINGS_TEST_KAFKA=host:port,… see `npm run services -- --help`) win.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { parseWanted, type RunningServices, startServices } from '../index.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's services are asked for. */
    servicesOrigin: string
  }
}

/** Listens for the first file that asks; ends what was started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<string, Promise<RunningServices>>()
  const start = (word: string) => {
    const running = started.get(word) ?? startServices(parseWanted([word]))
    started.set(word, running)
    return running
  }
  const server = createServer((request, response) => {
    const word = decodeURIComponent(request.url?.slice(1) ?? '')
    void answer(response, () => start(word))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  project.provide('servicesOrigin', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)

  return async () => {
    server.close()
    server.closeAllConnections()
    // What failed to start was told to the file that asked, and has cleaned up after itself.
    const all = await Promise.allSettled(started.values())
    await Promise.all(all.map((result) => result.status === 'fulfilled' && result.value.close()))
  }
}

async function answer(response: ServerResponse, start: () => Promise<RunningServices>) {
  response.setHeader('content-type', 'application/json')
  try {
    response.end(JSON.stringify(await start()))
  } catch (error) {
    response.statusCode = 500
    response.end(JSON.stringify({ message: error instanceof Error ? error.message : `${error}` }))
  }
}
