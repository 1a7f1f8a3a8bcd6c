import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NativeNode, type NodePlan } from './node.js'
import { Ports } from './ports.js'
import { Supervisor } from './supervisor.js'

export type Progress = (line: string) => void

/** What one run owns: a folder for all data and logs, ports, and the processes. */
export class Run {
  readonly folder: string
  readonly ports = new Ports()
  readonly supervisor: Supervisor
  readonly progress: Progress

  private constructor(folder: string, progress: Progress) {
    this.folder = folder
    this.supervisor = new Supervisor(folder)
    this.progress = progress
  }

  static async begin(progress: Progress = () => {}): Promise<Run> {
    const folder = await mkdtemp(join(tmpdir(), 'tidings-services-'))
    // PostgreSQL refuses to be root: its user must be able to reach its part of the folder.
    await chmod(folder, 0o711)
    return new Run(folder, progress)
  }

  async makeFolder(...names: string[]): Promise<string> {
    const folder = join(this.folder, ...names)
    await mkdir(folder, { recursive: true })
    return folder
  }

  node(plan: Omit<NodePlan, 'log'>): NativeNode {
    return new NativeNode(this.supervisor, { ...plan, log: join(this.folder, `${plan.name}.log`) })
  }

  /** Says what is being started, and how long it took. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    this.progress(`${title}: starting`)
    const result = await work()
    this.progress(`${title}: ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    return result
  }

  /** All data is temporary, so nothing is asked to stop politely. */
  async close(): Promise<void> {
    await this.supervisor.end()
    this.ports.release()
  }
}
