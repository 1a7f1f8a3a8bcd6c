import type { PageFault } from '../../plan/steps.js'
import type { Tab } from '../tabs.js'
import type { World } from '../world.js'

/** What befalls pages, their machines and their networks. */
export function pageFault(world: World, step: PageFault): void {
  const { coverage, tokens } = world
  if (!('tab' in step)) {
    if (step.do === 'token_failed') tokens.failGets(step.calls)
    else tokens.giveOld(step.calls)
    return
  }
  const tab = world.tabs[step.tab]
  if (tab === undefined) return
  const life = world.alive(tab)
  const line = world.lineOf(tab)
  switch (step.do) {
    case 'reload':
      if (life === undefined) return
      coverage.hit('page_reloaded')
      world.kill(tab)
      return comeBack(world, tab, step.downMs)
    case 'close_tab':
      if (life === undefined || life.page.isFrozen) return
      coverage.hit('tab_closed')
      void life.close()
      return comeBack(world, tab, step.downMs)
    case 'freeze':
      if (life === undefined) return
      coverage.hit('page_frozen')
      life.page.freeze()
      world.scheduler.after(step.ms, () => life.page.thaw())
      return
    case 'hide':
      if (life === undefined) return
      coverage.hit('page_hidden')
      life.page.signal('hidden')
      life.page.throttleMs = 60_000
      world.scheduler.after(step.ms, () => {
        life.page.throttleMs = 0
        life.page.run(() => life.page.signal('visible'))
      })
      return
    case 'bfcache':
      if (life === undefined || life.page.isFrozen) return
      coverage.hit('page_cached')
      life.page.signal('pagehide')
      life.page.freeze()
      world.scheduler.after(step.ms, () => {
        life.page.thaw()
        life.page.run(() => life.page.signal('pageshow'))
      })
      return
    case 'offline':
      coverage.hit('network_offline')
      tab.isOffline = true
      for (const other of world.lines) if (other.page === life?.page) other.block('both')
      life?.page.run(() => life.page.signal('offline'))
      world.scheduler.after(step.ms, () => online(world, tab))
      return
    case 'client_clock':
      coverage.hit('client_clock_jump')
      return life?.page.jumpWallClock(step.ms)
    case 'client_sleep':
      coverage.hit('client_slept')
      return life?.page.jumpMonotonicClock(step.ms)
    case 'disk_fails':
      tab.browser.failWrites = step.writes
      return
    case 'slow_network':
      coverage.hit('frames_delayed')
      tab.latencyMs = step.latencyMs
      if (line !== undefined) line.latencyMs = step.latencyMs
      world.scheduler.after(step.ms, () => {
        tab.latencyMs = 2
        if (line !== undefined) line.latencyMs = 2
      })
      return
  }
  if (line === undefined) return
  switch (step.do) {
    case 'cut':
      coverage.hit('connection_cut')
      return line.cut()
    case 'cut_before_ack':
      return line.cutBeforeAck()
    case 'half_open':
      return line.block(step.way)
    case 'stall':
      coverage.hit('connection_stalled')
      return line.stall(step.ms)
    case 'slow_reader':
      return line.readSlowly(step.bytesPerMs, step.ms)
    case 'tamper':
      return line.tamperNext(step.kind)
  }
}

export function online(world: World, tab: Tab): void {
  tab.isOffline = false
  const life = world.alive(tab)
  for (const line of world.lines) if (line.page === life?.page) line.heal()
  life?.page.run(() => life.page.signal('online'))
}

function comeBack(world: World, tab: Tab, afterMs: number): void {
  tab.isReturning = true
  world.scheduler.after(afterMs, () => {
    if (world.alive(tab) === undefined && !world.isOver) world.open(tab)
  })
}
