import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../install/command.js'
import { failedWithLog, until } from '../run/failure.js'
import type { ServiceNode } from '../run/node.js'
import type { Run } from '../run/run.js'

const file = fileURLToPath(new URL('./compose.yaml', import.meta.url))
const projects = new WeakMap<Run, Promise<Project>>()

export async function isDockerRunning(): Promise<boolean> {
  // An engine that is named but cannot be reached would be waited for.
  const patience = { timeout: 10_000 }
  if ((await runCommand('docker', ['info'], patience)).code !== 0) return false
  return (await runCommand('docker', ['compose', 'version'], patience)).code === 0
}

/** What this run has started by Docker Compose: one project with a name of its own. */
export function projectOf(run: Run): Promise<Project> {
  const project = projects.get(run) ?? Project.begin(run)
  projects.set(run, project)
  return project
}

export class Project {
  readonly #name = `tidings-${randomBytes(6).toString('hex')}`
  // Two at once would both create the project's network.
  #last: Promise<unknown> = Promise.resolve()

  private constructor() {}

  static async begin(run: Run): Promise<Project> {
    const project = new Project()
    // Before anything is up: the run may end while it comes up.
    const down = project.#arguments(['down', '--volumes', '--timeout', '0'])
    await run.supervisor.last('docker', down, { env: { ...process.env, ...placeholders } })
    return project
  }

  /** Creates and starts services; `settings` are the variables of the file. */
  async up(services: readonly string[], settings: Readonly<Record<string, string>>): Promise<void> {
    const [first = ''] = services
    const upped = this.#last.then(() => this.run(['up', '--detach', ...services], settings))
    this.#last = upped
    const { code, output } = await upped
    if (code !== 0) throw failedWithLog(first, `Docker Compose failed (${code}).`, output)
  }

  async log(service: string): Promise<string> {
    return (await this.run(['logs', '--no-color', '--no-log-prefix', service])).output
  }

  run(args: readonly string[], settings: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, ...placeholders, ...settings }
    return runCommand('docker', this.#arguments(args), { env })
  }

  #arguments(args: readonly string[]): string[] {
    return ['compose', '--project-name', this.#name, '--file', file, ...args]
  }
}

// Compose wants every variable of the file, also for services that are not meant.
export const placeholders: Readonly<Record<string, string>> = {
  KAFKA_VOTERS: '1@kafka-1:9093',
  KAFKA_COPIES: '1',
  KAFKA_IN_SYNC: '1',
  KAFKA_PORT_1: '9092',
  KAFKA_PORT_2: '9093',
  KAFKA_PORT_3: '9094',
  CASSANDRA_PORT: '9042',
  REDIS_PORT: '6379',
  POSTGRES_PORT: '5432',
}

/** A container, with what a test may do to it. */
export class ComposeNode implements ServiceNode {
  isRunning = true
  readonly #project: Project
  readonly #isReady: () => Promise<boolean>

  constructor(
    project: Project,
    readonly name: string,
    readonly address: string,
    isReady: () => Promise<boolean>,
  ) {
    this.#project = project
    this.#isReady = isReady
  }

  async kill(): Promise<void> {
    await this.#does('kill')
    this.isRunning = false
  }

  async stop(): Promise<void> {
    await this.#does('stop', '--timeout', '30')
    this.isRunning = false
  }

  async start(): Promise<void> {
    await this.#does('start')
    this.isRunning = true
    await this.answers()
  }

  freeze(): Promise<void> {
    return this.#does('pause')
  }

  thaw(): Promise<void> {
    return this.#does('unpause')
  }

  readLog(): Promise<string> {
    return this.#project.log(this.name)
  }

  async answers(withinMs = 240_000): Promise<void> {
    await until(this.name, 'did not answer', withinMs, this.#isReady).catch(
      async (error: Error) => {
        throw failedWithLog(this.name, error.message, await this.readLog())
      },
    )
  }

  async #does(command: string, ...options: string[]): Promise<void> {
    const { code, output } = await this.#project.run([command, ...options, this.name])
    if (code !== 0)
      throw failedWithLog(this.name, `docker compose ${command} failed (${code}).`, output)
  }
}
