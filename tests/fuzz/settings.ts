/** What a run is told from outside; without, it is what CI runs. */
const number = (name: string, fallback: number): number => {
  const given = process.env[name]
  if (given === undefined || given === '') return fallback
  const value = Number(given)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number`)
  return value
}

export const FRAMES = number('TIDINGS_FUZZ_FRAMES', 200_000)
export const REQUESTS = number('TIDINGS_FUZZ_REQUESTS', 50_000)
/** Printed by each run. The same seed makes the same frames and requests: CI repeats one, other seeds are for the curious. */
export const SEED = number('TIDINGS_FUZZ_SEED', 20_261_122)

/** Limits that would only answer `rate_limited` are off. */
export const WITHOUT_LIMITS = {
  sendRatePerS: 0,
  channelRatePerS: 0,
  requestRatePerS: 0,
  frameRatePerS: 1_000_000,
  connectionRatePerS: 1_000_000,
  maxConnectionsPerIp: 100_000,
  maxUnauthenticatedPerIp: 100_000,
  drainTimeoutMs: 0,
}
