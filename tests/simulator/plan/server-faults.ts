import type { Random } from '../world/random.js'
import { CHANNELS } from './setting.js'
import type { ServerFault, Setting } from './steps.js'

const MINUTE_MS = 60_000

/** Something that befalls the server or what it stands on. */
export function serverFault(random: Random, setting: Setting): ServerFault {
  const partition = random.int(0, setting.partitions - 1)
  const downMs = random.int(50, 6_000)
  return random.weighted<() => ServerFault>([
    [2, () => ({ do: 'crash', how: random.pick(['kill', 'power'] as const), downMs })],
    [1, () => ({ do: 'restart', drainMs: random.int(0, 3_000), downMs })],
    [0.4, () => ({ do: 'restore', downMs })],
    [0.6, () => ({ do: 'backup' })],
    [0.3, () => ({ do: 'raise_epoch', channel: random.int(0, CHANNELS - 1) })],
    [
      1,
      () => ({
        do: 'server_clock',
        ms: random.pick([-2 * MINUTE_MS, -5_000, 3_000, 10 * MINUTE_MS]),
      }),
    ],
    [
      2,
      () => ({
        do: 'overlap',
        partition,
        ms: random.int(500, 15_000),
        pauseMs: random.pick([0, 0, 3_000, 10_000]),
      }),
    ],
    [2, () => ({ do: 'lose_ownership', partition })],
    [1.5, () => ({ do: 'commit_refused' })],
    [0.5, () => ({ do: 'newer_command' })],
    [
      3,
      () => ({
        do: 'append',
        fault: random.pick([
          'appended_unanswered',
          'lost_unanswered',
          'refused',
          'appended_twice',
        ] as const),
      }),
    ],
    [3, () => ({ do: 'write', fault: { kind: 'crash_in_write', part: random.next() } })],
    [1.5, () => ({ do: 'write', fault: { kind: 'crash_late', delayMs: random.int(10, 8_000) } })],
    [1, () => ({ do: 'write', fault: { kind: 'store_unavailable' } })],
    [1.5, () => ({ do: 'write', fault: { kind: 'store_answer_lost' } })],
    [1.5, () => ({ do: 'write', fault: { kind: 'store_torn', part: random.next() } })],
    [2, () => ({ do: 'write', fault: { kind: 'store_late', delayMs: random.int(50, 20_000) } })],
    [1, () => ({ do: 'read', fault: { kind: 'read_unavailable' } })],
    [1, () => ({ do: 'read', fault: { kind: 'target_missing' } })],
    [
      5,
      () => ({
        do: 'push',
        fault: random.pick([
          'push_lost',
          'events_lost',
          'push_lost',
          'answers_lost',
          'push_twice',
          'push_late',
        ] as const),
      }),
    ],
    [1, () => ({ do: 'slow_store', ms: random.int(500, 8_000), latencyMs: random.int(20, 800) })],
    [1, () => ({ do: 'slow_log', ms: random.int(500, 8_000), latencyMs: random.int(20, 800) })],
    [
      1,
      () => ({
        do: 'slow_directory',
        ms: random.int(500, 8_000),
        latencyMs: random.int(20, 1_500),
      }),
    ],
    [1, () => ({ do: 'directory_fails', calls: random.int(1, 4) })],
    [0.7, () => ({ do: 'auth_fails', calls: random.int(1, 4) })],
    [0.7, () => ({ do: 'lookup_fails' })],
    [1, () => ({ do: 'routes_forgotten' })],
    [0.7, () => ({ do: 'lease_lost', ms: random.int(2_000, 30_000) })],
    [
      2,
      () => ({
        do: 'push',
        fault: random.pick(['ephemeral_lost', 'ephemeral_twice', 'ephemeral_late'] as const),
      }),
    ],
    [
      1,
      () => ({
        do: 'receipts_fail',
        fault: random.pick(['receipts_refused', 'receipts_answer_lost'] as const),
        calls: random.int(1, 5),
      }),
    ],
    [0.5, () => ({ do: 'presence_away', ms: random.int(1_000, 20_000) })],
  ])()
}
