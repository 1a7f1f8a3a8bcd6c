import { Access } from '../check/access.js'
import { Stored } from '../check/stored.js'
import { Violations } from '../check/violation.js'
import { Wire } from '../check/wire.js'
import type { Plan, Setting } from '../plan/steps.js'
import { Browser } from '../world/browser.js'
import type { PushFault } from '../world/bus.js'
import { WorldBus } from '../world/bus.js'
import { WorldDirectory } from '../world/directory.js'
import { Life } from '../world/life.js'
import { Line } from '../world/line.js'
import { WorldLog } from '../world/log.js'
import { Page, WORLD_BEGAN_MS } from '../world/page.js'
import { Process, type ServerClock } from '../world/process.js'
import { Random } from '../world/random.js'
import { WorldRoutes } from '../world/routes.js'
import { Scheduler } from '../world/scheduler.js'
import { Server } from '../world/server.js'
import { WorldStore } from '../world/store.js'
import { Tokens } from '../world/tokens.js'
import { Coverage, type Fault } from './coverage.js'
import { historyOf } from './history.js'
import {
  gatewayMetrics,
  lineObserver,
  logObserver,
  serverObserver,
  storeObserver,
} from './observers.js'
import { Trace } from './trace.js'

/** A place where a client runs: one after the other, on the same machine. */
export interface Tab {
  readonly index: number
  readonly userId: string
  readonly browser: Browser
  readonly lives: Life[]
  /** Nothing reaches it or leaves it. */
  isOffline: boolean
  latencyMs: number
  /** Somebody is about to open it again. */
  isReturning: boolean
  /** Nobody opens it. */
  readonly isAbsent: boolean
}

const PUSH_FAULTS: Readonly<Record<PushFault, Fault>> = {
  push_lost: 'push_lost',
  push_late: 'push_late',
  push_twice: 'push_twice',
  events_lost: 'events_lost',
  answers_lost: 'answers_lost',
}

const START_AGAIN_MS = 1_000

export const channelName = (index: number): string => `c${index}`
export const userName = (index: number): string => `u${index}`
export const WORKSPACE = 'w1'

/** All of one run: what is real, what stands for the world around it, and who watches. */
export class World {
  readonly scheduler = new Scheduler()
  readonly coverage = new Coverage()
  readonly trace: Trace
  readonly violations: Violations
  readonly stored: Stored
  readonly access = new Access()
  readonly wire: Wire
  readonly clock: ServerClock = { skewMs: 0 }
  readonly store: WorldStore
  readonly log: WorldLog
  readonly directory: WorldDirectory
  readonly bus: WorldBus
  readonly routes: WorldRoutes
  readonly tokens: Tokens
  readonly server: Server
  readonly tabs: readonly Tab[]
  readonly lines = new Set<Line>()
  readonly setting: Setting
  /** Takes the newest backup of the store and the directory. */
  backup: { readonly store: number; readonly directory: number } = { store: 0, directory: 0 }
  /** Something was done to frames that no network does: only later events can tell of what was lost by it. */
  wasTampered = false
  /** What was asked to be over, when a world ends early. */
  isOver = false
  #lineCount = 0

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
    this.wire = new Wire(this.stored, this.access, this.violations)
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
    this.tabs = this.#makeTabs()
  }

  readonly serverNow = (): number =>
    WORLD_BEGAN_MS + Math.floor(this.scheduler.nowMs) + this.clock.skewMs

  /** What was there before the world began. */
  async begin(): Promise<void> {
    const { setting, directory } = this
    await directory.setUp('upsertWorkspace', { workspaceId: WORKSPACE })
    for (let user = 0; user < setting.users; user++) {
      await directory.setUp('upsertUser', { userId: userName(user) })
      await directory.setUp('setWorkspaceMember', {
        workspaceId: WORKSPACE,
        userId: userName(user),
        role: 'member',
      })
    }
    for (const [index, channel] of setting.channels.entries()) {
      const channelId = channelName(index)
      await directory.setUp('upsertChannel', {
        channelId,
        workspaceId: WORKSPACE,
        kind: channel.kind,
      })
      for (const user of channel.members) {
        const role = user === 0 ? 'owner' : 'member'
        await directory.setUp('setMember', { channelId, userId: userName(user), role })
        this.access.joining(channelId, userName(user), 1)
      }
      const history = historyOf(channelId, channel.history, setting.partitions)
      this.store.add(history)
      this.stored.apply(history)
    }
    await directory.settleSetUp()
    // the log of the world's own life comes after the one that its history is from
    this.log.generation = 1
    this.takeBackup()
    this.store.tables.ownerGeneration = 1
  }

  takeBackup(): void {
    this.backup = { store: this.store.backup(), directory: this.directory.backup() }
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
    const { plan, setting } = this
    const options = setting.tabs[tab.index]
    if (options === undefined) throw new Error(`there is no tab ${tab.index}`)
    const name = `t${tab.index}.${tab.lives.length}`
    const page = new Page({
      scheduler: this.scheduler,
      browser: tab.browser,
      random: new Random(plan.seed, `page ${name}`),
      openLine: (at, _url, _protocols, events, ended) => this.#connect(tab, at, events, ended),
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
    const page = tab.lives.at(-1)?.page
    let found: Line | undefined
    for (const line of this.lines) if (line.page === page && line.isOpen) found = line
    return found
  }

  /** Ends a page without a word; the system closes its connections. */
  kill(tab: Tab): void {
    const life = this.alive(tab)
    if (life === undefined) return
    life.kill()
    for (const line of this.lines) if (line.page === life.page) line.cut()
  }

  #connect(
    tab: Tab,
    page: Page,
    client: ConstructorParameters<typeof Line>[0]['client'],
    ended: () => void,
  ) {
    for (const other of this.lines) {
      if (!other.isOver) continue
      this.lines.delete(other)
      this.wire.forget(other)
    }
    this.#lineCount += 1
    const line = new Line({
      id: this.#lineCount,
      page,
      scheduler: this.scheduler,
      random: new Random(
        this.plan.seed,
        `line ${tab.index} ${tab.lives.length} ${this.#lineCount}`,
      ),
      client,
      ended,
      observer: lineObserver(this, tab),
    })
    line.latencyMs = tab.latencyMs
    this.lines.add(line)
    if (tab.isOffline) line.refuse()
    else this.scheduler.after(tab.latencyMs, () => this.server.connect(line, `10.0.0.${tab.index}`))
    return line.client
  }

  #makeTabs(): Tab[] {
    const browsers = new Map<number, Browser>()
    const { absentTabs = [] } = this.plan
    return this.setting.tabs.map(({ user, browser: machine }, index) => {
      const browser =
        browsers.get(machine) ?? new Browser(new Random(this.plan.seed, `browser ${machine}`))
      browsers.set(machine, browser)
      browser.onWriteFailed = () => this.coverage.hit('disk_failed')
      browser.onAdopted = (rows) => this.coverage.hit('rows_adopted', rows)
      return {
        index,
        userId: userName(user),
        browser,
        lives: [],
        isOffline: false,
        latencyMs: 2,
        isReturning: false,
        isAbsent: absentTabs.includes(index),
      }
    })
  }
}
