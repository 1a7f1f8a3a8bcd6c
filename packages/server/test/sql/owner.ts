import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** How plain Node runs `owner-process.ts` from source. */
export const OWNER_ARGUMENTS = [
  '--conditions=tidings-source',
  '--import',
  import.meta.resolve('tsx'),
  join(import.meta.dirname, 'owner-process.ts'),
]

export interface OwnerProcess {
  readonly pid: number
  /** The next line that it prints. */
  line(): Promise<string>
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>
}

/** Another process that owns a data folder; with `writes` it writes and prints each number once it is acknowledged. */
export async function runOwner(
  dataDir: string,
  what: 'holds' | 'writes' = 'holds',
): Promise<OwnerProcess> {
  const child = spawn(process.execPath, [...OWNER_ARGUMENTS, dataDir, what], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = await lines.next()
    return next.done === true ? '' : next.value
  }
  const said = await line()
  if (said !== 'open') throw new Error(`the owner said: ${said}`)
  return {
    pid: child.pid ?? -1,
    line,
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
