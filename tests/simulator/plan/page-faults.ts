import type { Random } from '../world/random.js'
import type { PageFault, Setting } from './steps.js'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

/** Something that befalls a page, its machine or its network. */
export function pageFault(random: Random, setting: Setting): PageFault {
  const tab = random.int(0, setting.tabs.length - 1)
  const shortly = (): number => random.int(100, 8_000)
  return random.weighted<() => PageFault>([
    [4, () => ({ do: 'reload', tab, downMs: random.int(0, 4_000) })],
    [2, () => ({ do: 'close_tab', tab, downMs: random.int(0, 10_000) })],
    [2, () => ({ do: 'freeze', tab, ms: random.int(500, 45_000) })],
    [1, () => ({ do: 'hide', tab, ms: random.int(5_000, 60_000) })],
    [2, () => ({ do: 'bfcache', tab, ms: random.int(500, 20_000) })],
    [3, () => ({ do: 'offline', tab, ms: random.int(500, 30_000) })],
    [
      1,
      () => ({
        do: 'client_clock',
        tab,
        ms: random.pick([-24 * HOUR_MS, -60_000, 5_000, 30 * 24 * HOUR_MS]),
      }),
    ],
    [1, () => ({ do: 'client_sleep', tab, ms: random.pick([20 * SECOND_MS, HOUR_MS]) })],
    [1, () => ({ do: 'disk_fails', tab, writes: random.int(1, 3) })],
    [4, () => ({ do: 'cut', tab })],
    [4, () => ({ do: 'cut_before_ack', tab })],
    [3, () => ({ do: 'half_open', tab, way: random.pick(['up', 'down', 'both'] as const) })],
    [3, () => ({ do: 'stall', tab, ms: random.int(200, 25_000) })],
    [2, () => ({ do: 'slow_network', tab, ms: shortly(), latencyMs: random.int(50, 2_000) })],
    [
      3,
      () => ({
        do: 'slow_reader',
        tab,
        ms: random.int(2_000, 30_000),
        bytesPerMs: random.pick([0.2, 1, 5]),
      }),
    ],
    [5, () => ({ do: 'tamper', tab, kind: random.pick(['drop', 'duplicate', 'swap'] as const) })],
    [1, () => ({ do: 'token_failed', calls: random.int(1, 3) })],
    [1, () => ({ do: 'token_old', calls: random.int(1, 2) })],
  ])()
}
