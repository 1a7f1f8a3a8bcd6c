import type { Dialect, RunningPeer } from '../peers/peer.js'

export interface BenchOptions {
  /** Paired repeats: every peer is measured once in each, one after the other. */
  readonly repeats: number
  /** How long one measurement takes, in seconds. */
  readonly seconds: number
  /** The path of a Centrifugo binary; without it Centrifugo takes no part. */
  readonly centrifugo?: string
  readonly onProgress: (line: string) => void
}

export interface Peer {
  readonly name: string
  readonly dialect: Dialect
  start(): Promise<RunningPeer>
}

/** One row of the table: a figure of each peer, and what Tidings is to be compared with. */
export interface Row {
  readonly measure: string
  readonly unit: string
  /** Medians over the repeats. */
  readonly figures: Readonly<Record<string, number>>
  /** Medians of the ratios inside one repeat, each with its goal. */
  readonly ratios: readonly {
    readonly against: string
    readonly ratio: number
    readonly goal: string
    readonly met: boolean
  }[]
}

export interface Section {
  readonly name: string
  run(options: BenchOptions): Promise<readonly Row[]>
}
