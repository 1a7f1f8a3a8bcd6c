import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { buildPeer } from './build.js'

/** How a peer's clients join the one channel and publish to it. */
export interface Dialect {
  readonly path: string
  readonly protocols?: readonly string[]
  /** Frames to send after the upgrade, each with what the answer must contain. */
  greet(index: number): readonly { readonly send?: string; readonly until: string }[]
  /** The frames that publish these texts at once. */
  publish(texts: readonly string[], sequence: number): readonly string[]
}

export interface RunningPeer {
  readonly pid: number
  readonly port: number
  /** Asks the server itself to publish, where the peer can be told so. */
  inject(texts: readonly string[]): void
  stop(): Promise<void>
}

/** Where servers leave a processor profile when they stop; not set: nowhere. A profiled run is slower. */
let profileDir: string | undefined
export const profileInto = (dir: string): void => {
  profileDir = dir
}
export const isProfiled = (): boolean => profileDir !== undefined
/** Arguments of Node for that. @param name of the file; by default one that Node makes up */
export const profiling = (name?: string): string[] =>
  profileDir === undefined
    ? []
    : [
        '--cpu-prof',
        `--cpu-prof-dir=${profileDir}`,
        '--cpu-prof-interval=200',
        ...(name === undefined ? [] : [`--cpu-prof-name=${name}-${Date.now()}.cpuprofile`]),
      ]

/**
 * Starts a peer's server as a process of its own; it tells its port when it listens.
 * @param execArgv arguments of Node
 */
export async function startPeer(
  script: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<RunningPeer> {
  const child: ChildProcess = fork(await buildPeer(script), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...profiling(), ...execArgv],
    env: { ...process.env, NODE_ENV: 'benchmark' },
  })
  const [message] = (await once(child, 'message')) as [{ port: number }]
  const { pid } = child
  if (pid === undefined) throw new Error(`${script} did not start`)
  return {
    pid,
    port: message.port,
    inject: (texts) => child.send({ inject: texts }),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
