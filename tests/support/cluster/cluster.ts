import type { ServerOptions } from '@tidings/server'
import type { Installation } from './installation.js'
import { RoleProcess } from './role-process.js'

type Role = 'api' | 'gateway' | 'sequencer'

/** What the processes of a cluster play; two gateways, so that what is said at one is shown at another. */
const PROCESSES: readonly Role[] = ['api', 'gateway', 'gateway', 'sequencer']

interface Member {
  readonly role: Role
  readonly process: RoleProcess
  port: number
}

/** Processes for clusters, one after another: their code is read once. */
export class Processes {
  private constructor(
    private readonly processes: readonly { readonly role: Role; readonly process: RoleProcess }[],
  ) {}

  static async start(): Promise<Processes> {
    const started = PROCESSES.map((role) => ({ role, process: new RoleProcess() }))
    await Promise.all(started.map(({ process }) => process.ready))
    return new Processes(started)
  }

  /** Starts all of them over an installation, at free ports. */
  async serve(installation: Installation, settings: Partial<ServerOptions>): Promise<Cluster> {
    const members = this.processes.map((one) => ({ ...one, port: 0 }))
    const cluster = new Cluster(members, { ...installation.settings, ...settings })
    await cluster.start()
    return cluster
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map(({ process }) => process.kill()))
  }
}

/** The processes of one installation. */
export class Cluster {
  constructor(
    private readonly members: readonly Member[],
    private readonly settings: Partial<ServerOptions>,
  ) {}

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#portsOf('api')[0]}`
  }

  get gatewayUrls(): readonly string[] {
    return this.#portsOf('gateway').map((port) => `ws://127.0.0.1:${port}/v1/ws`)
  }

  /** Also again, at the same addresses; the processes of these roles, or all. */
  async start(roles: readonly Role[] = PROCESSES): Promise<void> {
    const chosen = this.members.filter(({ role }) => roles.includes(role))
    const started = chosen.map(async (member) => {
      const { process, role } = member
      member.port = await process.serve({ ...this.settings, roles: [role] }, member.port)
    })
    const failed = (await Promise.allSettled(started)).find(({ status }) => status === 'rejected')
    if (failed?.status !== 'rejected') return
    await this.stop()
    throw failed.reason
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ process }) => process.stop()))
  }

  /** Why processes could not go on: nothing that a scenario does is a reason. */
  get fatal(): readonly string[] {
    return this.members.flatMap(({ process }) => process.fatal)
  }

  #portsOf(role: Role): readonly number[] {
    return this.members.filter((member) => member.role === role).map(({ port }) => port)
  }
}
