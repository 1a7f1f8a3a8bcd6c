import { placeOfRun } from '../support/place-of-run.js'
import type { Row } from './history.js'

export interface TargetOptions {
  /** In [0, 1). */
  readonly random: () => number
  readonly folder: string
  readonly channelIds: readonly string[]
  readonly userIds: readonly string[]
}

/** What is killed: one server, or processes of a cluster. */
export interface Target {
  /** Where the clients connect: it stays. */
  readonly url: string
  tokenFor(userId: string): string
  /** Whether the next is killed only when something was acknowledged in every channel since the last was back. */
  readonly mustMove: boolean
  /** Kills a process as a power cut would; resolves when it is dead, to its name. */
  kill(): Promise<string>
  /** Starts again what was killed; resolves when it is ready. */
  revive(): Promise<void>
  /** What is stored, read past the product. */
  rows(): Promise<readonly Row[]>
  end(): Promise<void>
}

/** How often this run kills, unless TIDINGS_KILLS says otherwise: a cluster takes longer to come back. */
export const killsOfRun = Number(process.env.TIDINGS_KILLS ?? (placeOfRun() === 'cluster' ? 6 : 30))

const open =
  placeOfRun() === 'cluster'
    ? (await import('./cluster.js')).openCluster
    : (await import('./embedded.js')).openEmbedded

/** The target of this run, with the channels, in which all users are members. */
export const openTarget = (options: TargetOptions): Promise<Target> => open(options)
