import type { ServerOptions } from '@tidings/server'
import { placeOfRun } from '../../support/place-of-run.js'
import type { Backup } from './system.js'

/** Where Tidings runs, and what an operator can do to it: everything in which one server and a cluster differ. */
export interface Place {
  /** Where REST is served. */
  readonly apiUrl: string
  /** Where clients connect: each device is given the next. */
  readonly gatewayUrls: readonly string[]
  /** Ends all processes as SIGTERM does. */
  stop(): Promise<void>
  /** Starts all of them again, at the same addresses. */
  start(): Promise<void>
  backup(): Promise<Backup>
  restore(backup: Backup): Promise<void>
  /** Rejects when a process could not go on, for whatever reason: no scenario is one. */
  end(): Promise<void>
}

/** Settings that scenarios choose; how tokens become users is the same everywhere. */
export type PlaceSettings = Partial<ServerOptions>

const start =
  placeOfRun() === 'cluster'
    ? (await import('./cluster.js')).startCluster
    : (await import('./embedded.js')).startEmbedded

/** Starts the place of this run, with data of its own. */
export const startPlace = (settings: PlaceSettings): Promise<Place> => start(settings)
