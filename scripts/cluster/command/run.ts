import { createServer } from 'node:net'
import { type ClusterProcess, type RunningCluster, startCluster } from '../index.js'
import { showStatus } from '../status/show.js'
import { UsageError, type Wanted } from './arguments.js'
import { servePages } from './pages.js'

/** Runs a cluster until Ctrl-C or SIGTERM, then drains and ends it. */
export async function run({ brokers, nodes, restart, ...wanted }: Wanted): Promise<void> {
  await refuseTakenPort(wanted.port)
  const stopped = stopSignal()
  const pages = await servePages()
  const starting = startCluster(
    {
      ...wanted,
      wanted: { kafka: brokers, cassandra: nodes },
      devLogin: true,
      pages: pages.address,
      settings: { drainTimeoutMs: 2_000 },
    },
    { onProgress: (line) => console.log(`  ${line}`) },
  )
  const cluster = await Promise.race([starting, stopped])
  if (!cluster) {
    console.log('Stopped before everything was up.')
    // What has begun ends with this process.
    process.exit(130)
  }
  console.log(welcome(cluster.url))
  const status = showStatus(cluster.processes, { restart })
  await stopped
  await status.close()
  await stop(cluster)
  pages.close()
}

async function stop(cluster: RunningCluster): Promise<void> {
  console.log('\nStopping: clients are sent away, what was accepted is finished')
  const { processes } = cluster
  const running = processes.filter(({ isRunning }) => isRunning)
  const drain = (chosen: readonly ClusterProcess[]) =>
    Promise.all(
      chosen.map(async (process) => {
        // One that is frozen could not hear it.
        await process.thaw()
        await process.term()
      }),
    )
  // Whoever folds what was accepted goes last.
  await drain(running.filter(({ role }) => role !== 'sequencer'))
  await drain(running.filter(({ role }) => role === 'sequencer'))
  for (const { name, ended } of running) {
    if (ended !== 'exit code 0') console.log(`  ${name} ended with ${ended}`)
  }
  await cluster.close()
  const drained = running.filter(({ ended }) => ended === 'exit code 0').length
  console.log(
    `Stopped: ${drained} of ${processes.length} processes drained, nothing is left running.`,
  )
}

const welcome = (url: string): string => `
  Tidings is up:   ${url}/

  Open it and type a name; open it again in a private window to be a second user.
  In a terminal:   npm run terminal-chat -- --name Ada --url ${url}
  Break it:        kill -9 PID, or kill -STOP PID and kill -CONT PID, with a PID from below
  Stop it:         Ctrl-C
`

/** Before minutes go by for it. */
function refuseTakenPort(port: number): Promise<void> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) =>
      reject(
        new UsageError(
          `Port ${port} cannot be listened on (${message}). Choose another: npm run cluster -- --port N`,
        ),
      ),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve()))
  })
}

/** The first signal stops it politely, the second at once. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve(undefined)
      })
    }
  })
}
