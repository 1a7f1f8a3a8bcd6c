import { fork } from 'node:child_process'
import { parseWanted, ServiceFailed, startServices, toEnvironment } from '../index.js'
import { noteRunning } from './running.js'

/** What the process that stays says to the one that returns. */
interface Report {
  readonly progress?: string
  readonly addresses?: readonly string[]
  readonly failure?: string
}

/** Starts services and stays; ends them on Ctrl-C, SIGTERM, or `down`. */
export async function up(words: readonly string[]): Promise<void> {
  const report = process.send ? reportToParent : reportToTerminal
  // A promise alone does not keep the process, and this must not keep it when there is nothing to stay for.
  const stay = setInterval(() => {}, 60_000)
  const stopped = stopSignal().finally(() => clearInterval(stay))
  const starting = startServices(parseWanted(words), {
    onProgress: (progress) => report({ progress }),
    onFolder: (folder) => noteRunning(folder, words),
  }).catch((error: unknown) => {
    clearInterval(stay)
    if (error instanceof ServiceFailed) report({ failure: error.message })
    throw error
  })
  const services = await Promise.race([starting, stopped])
  if (!services) {
    // What has begun ends with this process.
    report({ progress: 'Stopping before everything was up' })
    process.exit()
  }
  const lines = Object.entries(toEnvironment(services)).map(([name, value]) => `${name}=${value}`)
  report({ addresses: lines })
  report({ progress: 'Ready. Ctrl-C or `npm run services -- down` stops them.' })
  await stopped
  report({ progress: 'Stopping, and removing the data' })
  await services.close()
}

/** Lets another process stay, and returns when its services answer. */
export async function upDetached(words: readonly string[]): Promise<void> {
  const [script = ''] = process.argv.slice(1)
  const child = fork(script, ['up', ...words], { detached: true, stdio: 'ignore' })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.on('message', ({ progress, addresses, failure }: Report) => {
    reportToTerminal({ progress, addresses })
    if (failure !== undefined) reject(new ServiceFailed('up', failure))
    if (addresses) resolve()
  })
  child.once('exit', (code) => reject(new ServiceFailed('up', `ended with ${code}.`)))
  try {
    await promise
    console.error('Ready. `npm run services -- down` stops them.')
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve())
  })
}

// The parent leaves as soon as it knows the addresses; what comes later is for nobody.
function reportToParent(report: Report): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => {})
}

// Addresses alone go to the standard output, so that a shell can read them.
function reportToTerminal({ progress, addresses }: Report): void {
  if (progress !== undefined) console.error(progress)
  if (addresses) console.log(addresses.join('\n'))
}
