import { Access } from '../check/access.js'
import { BesideWire } from '../check/beside-wire.js'
import { Marks } from '../check/marks.js'
import { NamedChannels } from '../check/named.js'
import { PulledHeads } from '../check/pulled.js'
import { Stored } from '../check/stored.js'
import { Violations } from '../check/violation.js'
import { Wire } from '../check/wire.js'
import type { Plan, Setting } from '../plan/steps.js'
import type { PushFault } from '../world/bus.js'
import { WorldBus } from '../world/bus.js'
import { WorldDirectory } from '../world/directory.js'
import { Life } from '../world/life.js'
import type { Line } from '../world/line.js'
import { WorldLog } from '../world/log.js'
import { Page, WORLD_BEGAN_MS } from '../world/page.js'
import { WorldPresence } from '../world/presence.js'
import { Process, type ServerClock } from '../world/process.js'
import { Random } from '../world/random.js'
import { WorldReceipts } from '../world/receipts.js'
import { WorldRoutes } from '../world/routes.js'
import { Scheduler } from '../world/scheduler.js'
import { Server } from '../world/server.js'
import { WorldStore } from '../world/store.js'
import { Tokens } from '../world/tokens.js'
import { makeBeginning } from './beginning.js'
import { Coverage, type Fault } from './coverage.js'
import { Lines } from './lines.js'
import { channelName } from './names.js'
import {
  gatewayMetrics,
  lineObserver,
  logObserver,
  serverObserver,
  storeObserver,
} from './observers.js'
import { makeTabs, type Tab } from './tabs.js'
import { Trace } from './trace.js'

const PUSH_FAULTS: Readonly<Record<PushFault, Fault>> = {
  push_lost: 'push_lost',
  push_late: 'push_late',
  push_twice: 'push_twice',
  events_lost: 'events_lost',
  answers_lost: 'answers_lost',
  ephemeral_lost: 'ephemeral_lost',
  ephemeral_late: 'ephemeral_late',
  ephemeral_twice: 'ephemeral_twice',
}

const START_AGAIN_MS = 1_000

/** All of one run: what is real, what stands for the world around it, and who watches. */
export class World {
  readonly scheduler = new Scheduler()
  readonly coverage = new Coverage()
  readonly trace: Trace
  readonly violations: Violations
  readonly stored: Stored
  readonly access = new Access(() => this.scheduler.nowMs)
  readonly marks: Marks
  readonly beside: BesideWire
  readonly pulled: PulledHeads
  readonly named = new NamedChannels()
  readonly wire: Wire
  readonly clock: ServerClock = { skewMs: 0 }
  readonly store: WorldStore
  readonly log: WorldLog
  readonly directory: WorldDirectory
  readonly bus: WorldBus
  readonly routes: WorldRoutes
  readonly tokens: Tokens
  readonly presence: WorldPresence
  readonly receipts: WorldReceipts
  readonly server: Server
  readonly tabs: readonly Tab[]
  readonly lines: Lines
  readonly setting: Setting
  /** The newest backup of everything that is kept. */
  backup = { store: 0, directory: 0, receipts: 0 }
  /** Something was done to frames that no network does: only later events can tell of what was lost by it. */
  wasTampered = false
  /** What was asked to be over, when a world ends early. */
  isOver = false

  constructor(
    readonly plan: Plan,
    keepsTrace: boolean,
  ) {
    const { scheduler, setting, coverage } = {
      scheduler: this.scheduler,
      setting: plan.setting,
      coverage: this.coverage,
    }
    this.setting = setting
    this.trace = new Trace(() => scheduler.nowMs, keepsTrace)
    this.violations = new Violations(() => scheduler.nowMs)
    this.stored = new Stored(this.violations)
    const nowMs = (): number => scheduler.nowMs
    this.marks = new Marks(this.stored, this.violations)
    this.beside = new BesideWire(
      this.access,
      this.marks,
      this.violations,
      nowMs,
      setting.gateway.socketBufferMaxBytes,
    )
    this.pulled = new PulledHeads(this.violations, nowMs, setting.gateway.headEveryMs)
    this.wire = new Wire(
      this.stored,
      this.access,
      this.violations,
      this.beside,
      this.pulled,
      this.named,
    )
    const around = new Process('world', scheduler, new Random(plan.seed, 'world'), this.clock)
    this.store = new WorldStore(
      scheduler,
      setting.kind === 'cluster' ? 'steps' : 'whole',
      storeObserver(this),
    )
    this.log = new WorldLog(
      around.environment,
      {
        inProcess: setting.kind === 'embedded',
        partitions: setting.partitions,
        maxQueuedRecords: setting.maxQueuedRecords,
      },
      logObserver(this),
    )
    this.directory = new WorldDirectory(
      around.environment,
      () => coverage.hit('directory_down'),
      () => coverage.hit('R15'),
    )
    this.bus = new WorldBus(
      scheduler,
      (fault) => {
        coverage.hit(PUSH_FAULTS[fault])
        this.trace.add(fault)
      },
      () => coverage.hit('R13'),
    )
    this.routes = new WorldRoutes(
      () => scheduler.nowMs,
      (fault) => coverage.hit(fault),
    )
    this.tokens = new Tokens(this.serverNow, setting.tokenLifeMs, (kind) =>
      coverage.hit(kind === 'token_old' ? 'token_refused' : kind),
    )
    this.presence = new WorldPresence(
      around.environment,
      setting.kind !== 'embedded',
      () => coverage.hit('presence_away'),
      (users) => coverage.hit('presence_ended', users),
    )
    this.receipts = new WorldReceipts(
      (fault) => {
        coverage.hit(fault)
        this.trace.add(fault)
      },
      (rises) => this.marks.raised(rises),
    )
    this.server = new Server(
      {
        seed: plan.seed,
        isEmbedded: setting.kind === 'embedded',
        commitLagMs: setting.commitLagMs,
        maxBatchRecords: setting.maxBatchRecords,
        gateway: { ...setting.gateway, limits: { send_rate_per_s: 50, send_burst: 50 } },
        acceptance: {
          userRate: { perSecond: 2, burst: 30 },
          channelRate: { perSecond: 40, burst: 200 },
        },
      },
      this,
      serverObserver(this, gatewayMetrics(coverage)),
    )
    this.tabs = makeTabs(plan, coverage)
    this.lines = new Lines({
      seed: plan.seed,
      scheduler,
      server: this.server,
      wire: this.wire,
      observerOf: (tab) => lineObserver(this, tab),
    })
  }

  readonly serverNow = (): number =>
    WORLD_BEGAN_MS + Math.floor(this.scheduler.nowMs) + this.clock.skewMs

  /** What was there before the world began. */
  begin(): Promise<void> {
    return makeBeginning(this)
  }

  takeBackup(): void {
    this.backup = {
      store: this.store.backup(),
      directory: this.directory.backup(),
      receipts: this.receipts.backup(),
    }
  }

  /** Starts the server, now or as soon as it can. */
  async startServer(): Promise<void> {
    try {
      await this.server.start()
    } catch (error) {
      // whoever runs it starts it again
      this.trace.add(`the server did not start: ${error}`)
      this.scheduler.after(START_AGAIN_MS, () => void this.startServer())
    }
  }

  /** The newest client of a tab, if it lives. */
  alive(tab: Tab): Life | undefined {
    const life = tab.lives.at(-1)
    return life?.end === 'alive' ? life : undefined
  }

  /** Opens a page and a client in it. */
  open(tab: Tab): Life {
    const { plan, setting, coverage } = this
    const options = setting.tabs[tab.index]
    if (options === undefined) throw new Error(`there is no tab ${tab.index}`)
    const name = `t${tab.index}.${tab.lives.length}`
    const page = new Page({
      scheduler: this.scheduler,
      browser: tab.browser,
      random: new Random(plan.seed, `page ${name}`),
      openLine: (at, _url, _protocols, events, ended) => this.lines.connect(tab, at, events, ended),
      onUseAfterClose: (what) =>
        this.violations.add('I9', `${what} was taken up after close()`, name),
    })
    const life = new Life({
      name,
      userId: tab.userId,
      page,
      browser: tab.browser,
      getToken: () => this.tokens.get(tab.userId),
      catchUp: options.catchUp,
      maxRows: options.maxRows,
      knowsUser: options.knowsUser,
      features: options.features,
      keepsList: options.keepsList,
      onListTold: (what) => coverage.hit(`list_${what}`),
      onLowered: (channelId, of) => this.marks.lowered(channelId, `${name} ${of}`),
      onNote: (text) => this.trace.add(text),
    })
    tab.lives.push(life)
    tab.isReturning = false
    for (const channel of options.opens) life.open(channelName(channel))
    this.trace.add(`${name} opens as ${tab.userId}`)
    return life
  }

  /** The connection of a tab's client, if it has one. */
  lineOf(tab: Tab): Line | undefined {
    return this.lines.of(tab.lives.at(-1)?.page)
  }

  /** Ends a page without a word; the system closes its connections. */
  kill(tab: Tab): void {
    const life = this.alive(tab)
    if (life === undefined) return
    life.kill()
    this.lines.cut(life.page)
  }
}
