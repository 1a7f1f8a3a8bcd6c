import { until } from '../run/failure.js'
import { listRunning } from './running.js'

const stopWithinMs = 30_000

/** Ends every `up` of this repository and waits until nothing of it is left. */
export async function down(): Promise<void> {
  const running = await listRunning()
  if (running.length === 0) console.log('No services are up.')
  for (const { pid, words } of running) {
    console.log(`Stopping ${words.join(' ')} (process ${pid})`)
    process.kill(pid, 'SIGTERM')
    await until(words.join(' '), `process ${pid} did not end`, stopWithinMs, async () => {
      return !(await listRunning()).some((still) => still.pid === pid)
    })
    console.log('Stopped, and their data removed')
  }
}
