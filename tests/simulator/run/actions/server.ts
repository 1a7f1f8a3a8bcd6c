import { type Command, RULES_VERSION } from '../../../../packages/server/src/stream/command.js'
import { partitionOf } from '../../../../packages/server/src/stream/partition.js'
import type { WriteStep } from '../../../../packages/server/src/stream/write-steps.js'
import type { ServerFault } from '../../plan/steps.js'
import { WORLD_BEGAN_MS } from '../../world/page.js'
import { channelName, userName } from '../names.js'
import type { World } from '../world.js'

/** What befalls the server and what it stands on. */
export function serverFault(world: World, step: ServerFault): void {
  const { server, store, log, bus, routes, directory, tokens, coverage, scheduler } = world
  const { presence, receipts } = world
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
      return void restore(world, step.downMs)
    case 'backup':
      return world.takeBackup()
    case 'raise_epoch':
      return raiseEpoch(world, channelName(step.channel))
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
    case 'receipts_fail':
      return receipts.failNext(step.fault, step.calls)
    case 'presence_away':
      return presence.goAway(step.ms)
  }
}

function startLater(world: World, afterMs: number): void {
  world.scheduler.after(afterMs, () => void world.startServer())
}

async function restart(world: World, drainMs: number, downMs: number): Promise<void> {
  if (!world.server.isUp || world.server.isStopping) return
  world.coverage.hit('graceful_restart')
  world.trace.add('the server is stopped')
  const left = await world.server.stop(drainMs)
  if (left.length > 0) {
    world.violations.add('I7', 'a closed server left timers behind', left.join('; '))
  }
  startLater(world, downMs)
}

/** R10: the newest backup takes the place of the store, and every channel begins a new epoch at its head there. */
async function restore(world: World, downMs: number): Promise<void> {
  const { server, store, stored, directory, receipts, log, coverage, backup } = world
  coverage.hit('backup_restored')
  const lowestEpoch = lowestEpochOfRestore(world)
  server.crash('kill')
  server.endOverlaps()
  store.restore(backup.store)
  stored.replace(store.steps)
  receipts.restore(backup.receipts)
  await directory.restore(backup.directory)
  await lookAtMemberships(world)
  world.trace.add('a backup is restored')
  const generation = log.nextGeneration()
  const channelIds = world.setting.channels.map((_, index) => channelName(index))
  const kept = await directory.current.channels(channelIds)
  for (const [i, channelId] of channelIds.entries()) {
    if (kept[i] !== undefined) raise(world, channelId, generation, lowestEpoch)
  }
  if (world.setting.kind !== 'embedded') log.begin()
  startLater(world, downMs)
}

/**
 * By its time, no two restores of one backup take one epoch. The embedded server's also looks at the data that it
 * replaces; whoever renews the log of a cluster sees that the clock there is right.
 */
function lowestEpochOfRestore({ setting, stored, scheduler, serverNow }: World): number {
  const secondsOf = (ms: number): number => Math.floor(ms / 1000)
  if (setting.kind !== 'embedded') return secondsOf(WORLD_BEGAN_MS + scheduler.nowMs)
  const replaced = Math.max(...[...stored].map(({ epoch }) => epoch))
  return Math.max(replaced + 1, secondsOf(serverNow()))
}

/** Numbering starts anew above the restored head. */
function raise(
  { store, stored, setting }: World,
  channelId: string,
  generation: number,
  lowestEpoch: number,
): void {
  const channel = stored.channel(channelId)
  const { head } = channel
  const epoch = Math.max(channel.epoch + 1, lowestEpoch)
  const messageCount = channel.at(head)?.event.message_count ?? 0
  const position = { generation, partition: partitionOf(channelId, setting.partitions), offset: 0 }
  const epochs = [...channel.epochs, { epoch, fromSeq: head }]
  const steps: WriteStep[] = [
    {
      step: 'change',
      channelId,
      change: { kind: 'epoch', position, epoch, fromSeq: head, messageCount },
    },
    {
      step: 'state',
      channelId,
      state: { epoch, epochs, headSeq: head, messageCount, oldestSeq: 1, position },
    },
  ]
  store.add(steps)
  stored.apply(steps)
}

/** R10: an operator has numbering start anew above the head while everything runs. */
function raiseEpoch(world: World, channelId: string): void {
  const { log, stored, server, coverage, serverNow } = world
  if (!server.isUp || !log.isBegun) return
  coverage.hit('epoch_raised')
  const { head, epoch } = stored.channel(channelId)
  const id = `~epoch ${epoch + 1} ${serverNow()}`
  const command: Command = {
    kind: 'epoch.raise',
    epoch: epoch + 1,
    fromSeq: head,
    channelId,
    userId: '~operator',
    clientMsgId: id,
    rules: RULES_VERSION,
    messageId: id,
    acceptedAt: serverNow(),
    role: 'owner',
    membershipVersion: 0,
    requestId: id,
  }
  void log.controls.log.append([command])
}

/** Whoever joined after the backup is out again, whoever left after it is in. */
async function lookAtMemberships({ setting, access, directory }: World): Promise<void> {
  for (let channel = 0; channel < setting.channels.length; channel++) {
    for (let user = 0; user < setting.users; user++) {
      const [channelId, userId] = [channelName(channel), userName(user)]
      const membership = await directory.current.membership(channelId, userId)
      if (membership !== undefined)
        access.joining(channelId, userId, membership.visibleFromSeq ?? 1)
      else if (access.of(channelId, userId).status === 'member')
        access.removed(channelId, userId, 0)
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
