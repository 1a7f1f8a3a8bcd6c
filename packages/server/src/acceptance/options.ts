import { LIMITS } from '@tidings/protocol'
import type { RateWindow } from '../ports/limits.js'

/** A sustained rate and what may go at once before it holds; `perSecond: 0` turns it off. */
export interface SendRate {
  readonly perSecond: number
  readonly burst: number
}

export interface AcceptanceOptions {
  /** Longest text in UTF-16 units; never above the protocol's. @default 10,000 */
  readonly textMaxUnits?: number
  /** Longest text in bytes of UTF-8; never above the protocol's. @default 40 KiB */
  readonly textMaxBytes?: number
  /** Largest encoded command in bytes; never above the protocol's. @default 60 KiB */
  readonly commandMaxBytes?: number
  /** A command first tried longer ago is refused, outcome unknown (R4). @default 6 days */
  readonly firstTryMaxAgeMs?: number
  /** A command first tried this far ahead of the server's clock is refused (R4). @default 5 minutes */
  readonly firstTryMaxAheadMs?: number
  /** Commands of one user in one channel. @default 1 a second, bursts of 20 */
  readonly userRate?: SendRate
  /** Commands in one channel over all users. @default 10 a second, bursts of 200 */
  readonly channelRate?: SendRate
  /** Commands in one workspace over all its channels. @default off */
  readonly workspaceRate?: SendRate
  /** A hook that takes longer fails, and what it was asked about is not accepted. @default 2,000 */
  readonly hookTimeoutMs?: number
  /** Commands on their way into the log at once; more are `unavailable` (I7). @default 50,000 */
  readonly pendingMax?: number
}

export type ResolvedAcceptanceOptions = Required<AcceptanceOptions>

export function resolveAcceptanceOptions(options: AcceptanceOptions): ResolvedAcceptanceOptions {
  return {
    textMaxUnits: Math.min(options.textMaxUnits ?? LIMITS.textMaxUnits, LIMITS.textMaxUnits),
    textMaxBytes: Math.min(options.textMaxBytes ?? LIMITS.textMaxBytes, LIMITS.textMaxBytes),
    commandMaxBytes: Math.min(
      options.commandMaxBytes ?? LIMITS.commandMaxBytes,
      LIMITS.commandMaxBytes,
    ),
    firstTryMaxAgeMs: options.firstTryMaxAgeMs ?? LIMITS.firstTryMaxAgeMs,
    firstTryMaxAheadMs: options.firstTryMaxAheadMs ?? LIMITS.firstTryMaxAheadMs,
    userRate: options.userRate ?? { perSecond: 1, burst: 20 },
    channelRate: options.channelRate ?? { perSecond: 10, burst: 200 },
    workspaceRate: options.workspaceRate ?? { perSecond: 0, burst: 1 },
    hookTimeoutMs: options.hookTimeoutMs ?? 2_000,
    pendingMax: options.pendingMax ?? 50_000,
  }
}

/** A rate as a sliding window: the whole burst at once, and no more than the rate over the window's length. */
export const windowOf = (key: string, { perSecond, burst }: SendRate): RateWindow => ({
  key,
  limit: burst,
  windowMs: (burst / perSecond) * 1_000,
})
