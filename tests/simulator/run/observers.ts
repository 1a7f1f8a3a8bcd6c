import { type GatewayMetrics, NO_METRICS } from '../../../packages/server/src/gateway/metrics.js'
import { checkSent } from '../check/sent.js'
import type { LineObserver } from '../world/line.js'
import type { LogObserver } from '../world/log.js'
import type { ServerObserver } from '../world/server.js'
import type { StoreObserver } from '../world/store.js'
import type { Coverage, Fault } from './coverage.js'
import type { Tab } from './tabs.js'
import type { World } from './world.js'

const WRITE_FAULTS: Readonly<Record<string, Fault>> = {
  store_unavailable: 'store_unavailable',
  store_answer_lost: 'store_answer_lost',
  store_torn: 'store_torn',
  store_late: 'store_late',
  crash_in_write: 'crash_in_write',
  crash_late: 'crash_with_late_write',
  read_unavailable: 'store_read_failed',
  target_missing: 'store_behind',
}

const LOG_FAULTS: Readonly<Record<string, Fault>> = {
  appended_unanswered: 'append_unknown_and_there',
  lost_unanswered: 'append_unknown_and_lost',
  refused: 'append_refused',
  appended_twice: 'append_twice',
  commit_refused: 'commit_refused',
  newer_command: 'newer_command',
}

const RESTART_AFTER_MS = 1_500

/** What crosses between a tab and the gateway. */
export function lineObserver(world: World, tab: Tab): LineObserver {
  const { wire, coverage, trace } = world
  return {
    wrote: (line, text) => wire.wrote(line, text),
    delivered: (line, text) => {
      wire.delivered(line, text)
      trace.mix(text)
      trace.detail(() => `↓ t${tab.index} ${short(text)}`)
    },
    sent: (_, text) => checkSent(world, tab, text),
    received: (line, text) => {
      wire.received(line, text)
      trace.mix(text)
      trace.detail(() => `↑ t${tab.index} ${short(text)}`)
    },
    tampered: (kind) => {
      world.wasTampered = true
      coverage.hit(
        kind === 'drop'
          ? 'frame_dropped'
          : kind === 'swap'
            ? 'frame_reordered'
            : 'frame_duplicated',
      )
    },
    lost: (why) => {
      if (why === 'cut_before_ack') coverage.hit('ack_lost_with_connection')
      else if (why === 'in_flight') coverage.hit('frames_lost_in_flight')
      else coverage.hit('connection_half_open')
    },
  }
}

const DETAIL_MAX = 400

const short = (text: string): string =>
  text.length > DETAIL_MAX ? `${text.slice(0, DETAIL_MAX)}… (${text.length})` : text

export function storeObserver(world: World): StoreObserver {
  const { coverage, trace } = world
  return {
    fault(kind) {
      const fault = WRITE_FAULTS[kind]
      if (fault !== undefined) coverage.hit(fault)
      trace.add(`store: ${kind}`)
    },
    crashedBetween(before, after) {
      coverage.hit('R7')
      trace.add(`crash between ${before} and ${after}`)
    },
    wrote(steps) {
      const again = world.stored.apply(steps)
      if (again > 0) coverage.hit('R2', again)
      for (const { step } of steps) {
        if (step === 'pointer' || step === 'effects') coverage.hit('R6')
        if (step === 'change') coverage.hit('R10')
      }
    },
    conflict() {
      coverage.hit('R6')
      trace.add('store: conflict')
    },
    loaded(_, confirm) {
      if (confirm) coverage.hit('R3')
    },
    crash(process) {
      if (process !== world.server.process) return process.die()
      world.server.crash('kill')
      world.scheduler.after(RESTART_AFTER_MS, () => void world.startServer())
    },
  }
}

export function logObserver({ coverage, trace }: World): LogObserver {
  return {
    assigned(process, committed, end) {
      if (end > committed) coverage.hit('R1')
      trace.add(`${process.id} is assigned from ${committed}, handed out up to ${end}`)
    },
    ended: (process) => trace.add(`an assignment of ${process.id} ended`),
    handedOut(_, __, again) {
      if (again > 0) coverage.hit('R8', again)
    },
    fault(kind) {
      const fault = LOG_FAULTS[kind]
      if (fault !== undefined) coverage.hit(fault)
      trace.add(`log: ${kind}`)
    },
    appended: () => undefined,
  }
}

export function serverObserver(world: World, metrics: GatewayMetrics): ServerObserver {
  const { coverage, trace } = world
  return {
    metrics,
    started(process, generation) {
      if (generation > 2) coverage.hit('R10')
      trace.add(`server ${process.id} is up, generation ${generation}`)
    },
    batch(_, { repeats, rejections }) {
      if (repeats > 0) coverage.hit('R4', repeats)
      if (rejections > 0) coverage.hit('R5', rejections)
    },
    trouble: (where, error) => trace.add(`trouble, ${where}: ${messageOf(error)}`),
    fatal(error) {
      trace.add(`fatal: ${error.message}`)
      if (error.name === 'UnknownCommand') coverage.hit('R11')
      else world.violations.add('run', 'a sequencer stopped with an alarm', error.message)
      world.scheduler.after(RESTART_AFTER_MS, () => void world.startServer())
    },
    crashed: () => trace.add('the server is gone'),
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** R12: what healed in the gateway without a push. */
export function gatewayMetrics(coverage: Coverage): GatewayMetrics {
  return {
    ...NO_METRICS,
    repaired: (events) => coverage.hit('R12', events),
    skipped: () => coverage.hit('R12'),
    refused: (code) => {
      if (code === 'rate_limited') coverage.hit('rate_limited')
    },
    refusedConnection: (code) => {
      if (code === 'token_expired') coverage.hit('token_refused')
    },
    slowReader: () => coverage.hit('slow_reader'),
    shed: (kind, count) => coverage.hit(`${kind}_shed`, count),
    closed: (code) => {
      if (code === 4001) coverage.hit('token_expired')
    },
  }
}
