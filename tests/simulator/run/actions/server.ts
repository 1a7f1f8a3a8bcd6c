import type { ServerFault } from '../../plan/steps.js'
import { raiseEpoch } from '../../world/server.js'
import { channelName, userName, type World } from '../world.js'

/** What befalls the server and what it stands on. */
export function serverFault(world: World, step: ServerFault): void {
  const { server, store, log, bus, routes, directory, tokens, coverage, scheduler } = world
  const slow = (what: { latencyMs: number }, ms: number, latencyMs: number): void => {
    coverage.hit('frames_delayed')
    what.latencyMs = latencyMs
    scheduler.after(ms, () => {
      what.latencyMs = 1
    })
  }
  switch (step.do) {
    case 'crash':
      if (!server.isUp) return
      coverage.hit(step.how === 'kill' ? 'crash' : 'power_loss')
      server.crash(step.how)
      return startLater(world, step.downMs)
    case 'restart':
      return void restart(world, step.drainMs, step.downMs)
    case 'restore':
      return void restore(world, step.downMs, step.withDirectory)
    case 'backup':
      return world.takeBackup()
    case 'server_clock':
      coverage.hit('server_clock_jump')
      world.clock.skewMs += step.ms
      return
    case 'overlap':
      return overlap(world, step.partition, step.ms, step.pauseMs)
    case 'lose_ownership':
      if (!log.isBegun) return
      coverage.hit('ownership_lost')
      return log.controls.loseOwnership(step.partition)
    case 'commit_refused':
      return log.refuseNextCommit()
    case 'newer_command':
      return log.handOutNewerCommand()
    case 'append':
      if (log.isBegun) log.failNextAppend(step.fault)
      return
    case 'write':
      return store.failNextWrite(step.fault)
    case 'read':
      return store.failNextRead(step.fault)
    case 'push':
      return bus.failNext(step.fault)
    case 'slow_store':
      return slow(store, step.ms, step.latencyMs)
    case 'slow_log':
      return slow(log, step.ms, step.latencyMs)
    case 'slow_directory':
      return slow(directory, step.ms, step.latencyMs)
    case 'directory_fails':
      return directory.failNext(step.calls)
    case 'auth_fails':
      return tokens.failAuthentications(step.calls)
    case 'lookup_fails':
      return routes.failNextLookup()
    case 'routes_forgotten':
      return routes.forget()
    case 'lease_lost':
      return routes.refuseRenewals(step.ms)
  }
}

function startLater(world: World, afterMs: number): void {
  world.scheduler.after(afterMs, () => void world.startServer())
}

async function restart(world: World, drainMs: number, downMs: number): Promise<void> {
  if (!world.server.isUp) return
  world.coverage.hit('graceful_restart')
  world.trace.add('the server is stopped')
  const left = await world.server.stop(drainMs)
  if (left > 0) world.violations.add('I7', 'a closed server left timers behind', String(left))
  startLater(world, downMs)
}

/** R10: the newest backup takes the place of the store, and every channel begins a new epoch at its head there. */
async function restore(world: World, downMs: number, withDirectory: boolean): Promise<void> {
  const { server, store, stored, directory, log, coverage, backup } = world
  coverage.hit('backup_restored')
  server.crash('kill')
  store.restore(backup.store)
  stored.replace(store.steps)
  if (withDirectory) {
    await directory.restore(backup.directory)
    await lookAtMemberships(world)
  }
  world.trace.add(`a backup is restored${withDirectory ? ', with its directory' : ''}`)
  // two restores of one backup go two ways: by their time, neither takes the other's epoch
  const nowS = Math.floor(world.serverNow() / 1000)
  const raises = Array.from(world.setting.channels.keys(), (index) => {
    const { channelId, epoch, head } = stored.channel(channelName(index))
    return raiseEpoch(channelId, Math.max(epoch + 1, nowS), head, world.serverNow())
  })
  await world.scheduler.sleep(downMs)
  if (world.setting.kind !== 'embedded') log.begin()
  await world.startServer(raises)
}

/** Whoever joined after the backup is out again, whoever left after it is in. */
async function lookAtMemberships({ setting, access, directory }: World): Promise<void> {
  for (let channel = 0; channel < setting.channels.length; channel++) {
    for (let user = 0; user < setting.users; user++) {
      const [channelId, userId] = [channelName(channel), userName(user)]
      const membership = await directory.current.membership(channelId, userId)
      if (membership !== undefined) access.joining(channelId, userId, membership.visibleFromSeq ?? 1)
      else if (access.of(channelId, userId).status === 'member') access.removed(channelId, userId, 0)
    }
  }
}

/** A second sequencer reads along; paused, it goes on later from what it knew. */
function overlap(world: World, partition: number, ms: number, pauseMs: number): void {
  const { server, log, coverage, scheduler } = world
  if (!server.isUp || !log.isBegun) return
  coverage.hit('two_sequencers')
  const { process, end } = server.overlap(partition)
  world.trace.add(`${process.id} reads partition ${partition} as well`)
  server.process?.onDeath(() => {
    // a log that lives in its process takes its readers along
    if (world.setting.kind === 'embedded') end()
  })
  scheduler.after(ms, end)
  if (pauseMs === 0) return
  coverage.hit('sequencer_paused')
  scheduler.after(ms / 3, () => process.pause(pauseMs))
}
