import { checkEnd } from '../check/end.js'
import { checkLists } from '../check/lists.js'
import { checkMemberships } from '../check/memberships.js'
import type { Violation } from '../check/violation.js'
import type {
  Action,
  AdminStep,
  BesideStep,
  ClientStep,
  PageFault,
  Plan,
  ServerFault,
} from '../plan/steps.js'
import { adminAction } from './actions/admin.js'
import { besideAction } from './actions/beside.js'
import { clientAction } from './actions/clients.js'
import { online, pageFault } from './actions/pages.js'
import { serverFault } from './actions/server.js'
import type { Counts } from './coverage.js'
import { channelName } from './names.js'
import { restBeside } from './rest.js'
import { isSettled } from './settled.js'
import { World } from './world.js'

export interface Outcome {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly counts: Counts
  /** The same for the same plan, always. */
  readonly hash: string
  readonly trace: readonly string[]
  /** Tasks that ran, and how long the world lived. */
  readonly tasks: number
  readonly virtualMs: number
}

/** How long a world may take to heal when no more befalls it. */
const HEAL_MAX_MS = 240_000
const LOOK_EVERY_MS = 250
const MARK_AFTER_MS = 5_000
const MARKED_MS = 2_000
/** After the last client was closed, whatever it left behind has time to show. */
const AFTERLIFE_MS = 90_000
const CLOSE_MAX_MS = 60_000

/** Lives through a plan, heals, and checks everything (I1 to I9). */
export async function runPlan(plan: Plan, keepsTrace = false): Promise<Outcome> {
  const world = new World(plan, keepsTrace)
  const { scheduler, violations } = world
  const onRejection = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    violations.add('run', 'a promise was rejected and nobody minded', text)
  }
  process.on('unhandledRejection', onRejection)
  try {
    await world.begin()
    void world.startServer()
    for (const tab of world.tabs) {
      if (!tab.isAbsent) scheduler.after(20 + tab.index * 10, () => void world.open(tab))
    }
    for (const step of plan.steps) scheduler.after(step.atMs, () => act(world, step))
    await scheduler.run(plan.endMs)
    await heal(world)
    checkEnd(world)
    await checkMemberships(world)
    await checkLists(world)
    await restBeside(world)
    await end(world)
  } finally {
    process.off('unhandledRejection', onRejection)
  }
  const { served_changed, min_as_of, overtaken } = world.wire.counts
  if (served_changed > 0) world.coverage.hit('R9', served_changed)
  if (min_as_of + overtaken > 0) world.coverage.hit('R14', min_as_of + overtaken)
  countUses(world)
  return {
    seed: plan.seed,
    violations: violations.list,
    counts: world.coverage.counts,
    hash: world.trace.hash,
    trace: world.trace.lines,
    tasks: scheduler.ran,
    virtualMs: scheduler.nowMs,
  }
}

const CLIENT: ReadonlySet<string> = new Set<ClientStep['do']>([
  'send',
  'edit',
  'delete',
  'react',
  'unreact',
  'history',
  'load_older',
  'open',
  'close_channel',
  'retry_parked',
  'discard_parked',
])
const BESIDE: ReadonlySet<string> = new Set<BesideStep['do']>([
  'mark_read',
  'type',
  'watch',
  'status',
])
const ADMIN: ReadonlySet<string> = new Set<AdminStep['do']>([
  'make',
  'remove',
  'add',
  'role',
  'rename',
  'send_as',
])
const PAGE: ReadonlySet<string> = new Set<PageFault['do']>([
  'reload',
  'close_tab',
  'freeze',
  'hide',
  'bfcache',
  'offline',
  'client_clock',
  'client_sleep',
  'disk_fails',
  'cut',
  'cut_before_ack',
  'half_open',
  'stall',
  'slow_network',
  'slow_reader',
  'tamper',
  'token_failed',
  'token_old',
])

function act(world: World, step: Action & { readonly atMs: number }): void {
  const { atMs, ...what } = step
  world.trace.add(`· ${JSON.stringify(what)}`)
  if (CLIENT.has(step.do)) clientAction(world, step as ClientStep)
  else if (BESIDE.has(step.do)) besideAction(world, step as BesideStep)
  else if (ADMIN.has(step.do)) adminAction(world, step as AdminStep)
  else if (PAGE.has(step.do)) pageFault(world, step as PageFault)
  else serverFault(world, step as ServerFault)
}

/** No more befalls the world; everything must come right by itself. */
async function heal(world: World): Promise<void> {
  const { scheduler, violations } = world
  world.trace.add('everything heals')
  for (const part of [
    world.store,
    world.log,
    world.bus,
    world.routes,
    world.directory,
    world.tokens,
    world.presence,
    world.receipts,
  ]) {
    part.heal()
  }
  for (const line of world.lines) line.heal()
  for (const tab of world.tabs) {
    tab.latencyMs = 2
    const life = world.alive(tab)
    if (life !== undefined) {
      life.page.throttleMs = 0
      life.page.thaw()
      life.page.signal('pageshow')
      life.page.signal('visible')
    }
    if (tab.isOffline) online(world, tab)
    if (life === undefined && !tab.isReturning && !tab.isAbsent) world.open(tab)
  }
  void world.startServer()
  const startMs = scheduler.nowMs
  const wait = async (): Promise<string | undefined> => {
    for (;;) {
      await scheduler.run(scheduler.nowMs + LOOK_EVERY_MS)
      const open = await isSettled(world)
      if (open === undefined || scheduler.nowMs - startMs > HEAL_MAX_MS) return open
    }
  }
  // whatever a network can lose comes by itself; of the rest a later event tells
  if (world.wasTampered) await markEnds(world)
  let open = await wait()
  if (open === undefined && !world.wasTampered) {
    await markEnds(world)
    open = await wait()
  }
  if (open !== undefined) violations.add('I9', 'the world did not heal', open)
  world.trace.add('everything is healed')
}

/** A last event in each channel, when everybody has had time to come back. */
async function markEnds(world: World): Promise<void> {
  const { scheduler, server, setting } = world
  await scheduler.run(scheduler.nowMs + MARK_AFTER_MS)
  await scheduler.run(scheduler.nowMs + HEAL_MAX_MS, () => server.isUp)
  for (const channel of setting.channels.keys()) {
    const text = `the last of ${channelName(channel)}`
    adminAction(world, { do: 'send_as', user: 0, channel, text })
  }
  await scheduler.run(scheduler.nowMs + MARKED_MS)
}

/** Everybody leaves: nothing may be left behind (I9). */
async function end(world: World): Promise<void> {
  const { scheduler, violations } = world
  world.isOver = true
  const lives = world.tabs.flatMap(({ lives }) => lives)
  for (const life of lives) if (life.end === 'alive') void life.close()
  const open = (): boolean => lives.some((life) => life.end === 'closed' && !life.isClosed)
  await scheduler.run(scheduler.nowMs + CLOSE_MAX_MS, () => !open())
  for (const life of lives) {
    if (life.end === 'closed' && !life.isClosed)
      violations.add('I9', 'close() does not end', life.name)
  }
  const look = (): void => {
    for (const { end, isClosed, page, name } of lives) {
      if (end !== 'closed' || !isClosed) continue
      for (const [what, count] of Object.entries(page.held())) {
        if (count > 0) violations.add('I9', `${what} remain after close()`, `${name}: ${count}`)
      }
    }
  }
  look()
  let stopped: readonly string[] | undefined
  void world.server.stop(500).then((left) => {
    stopped = left
  })
  await scheduler.run(scheduler.nowMs + CLOSE_MAX_MS, () => stopped !== undefined)
  if (stopped === undefined) violations.add('run', 'the server does not close', '')
  else if (stopped.length > 0) {
    violations.add('I7', 'a closed server left timers behind', stopped.join('; '))
  }
  await scheduler.run(scheduler.nowMs + AFTERLIFE_MS)
  look()
}

/** How often what crosses the wires shows that something was used. */
function countUses({ coverage, pulled, named, beside, marks }: World): void {
  coverage.hit('receipt_stored', marks.counts.stored)
  coverage.hit('mark_lowered', marks.counts.lowered)
  const { typing, presence, snapshots, receipts, listings } = beside.counts
  coverage.hit('listed_before_added', named.counts.listed_before_added)
  coverage.hit('asked_before_added', named.counts.asked_before_added)
  coverage.hit('greeted_with_added', named.counts.greeted_with_added)
  coverage.hit('gone_at_greeting', named.counts.gone_at_greeting)
  coverage.hit('channel_pulled', pulled.counts.told)
  coverage.hit('channel_live_again', pulled.counts.live_again)
  coverage.hit('typing_told', typing)
  coverage.hit('presence_told', presence)
  coverage.hit('presence_listed', snapshots)
  coverage.hit('receipt_told', receipts)
  coverage.hit('receipts_listed', listings)
}
