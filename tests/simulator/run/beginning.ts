import { historyOf, marksOf } from './history.js'
import { channelName, userName, WORKSPACE } from './names.js'
import type { World } from './world.js'

/** Makes what was there before a world begins: users, channels, members and what was said. */
export async function makeBeginning(world: World): Promise<void> {
  const { setting, directory, access, store, stored, log, receipts } = world
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
    if (channel.isMade === true) continue
    const channelId = channelName(index)
    await directory.setUp('upsertChannel', {
      channelId,
      workspaceId: WORKSPACE,
      kind: channel.kind,
    })
    for (const user of channel.members) {
      const role = user === 0 ? 'owner' : 'member'
      await directory.setUp('setMember', { channelId, userId: userName(user), role })
      access.joining(channelId, userName(user), 1)
    }
    const history = historyOf(channelId, channel.history, setting.partitions)
    store.add(history)
    stored.apply(history)
    await receipts.setUp(marksOf(channelId, channel.history))
  }
  await directory.settleSetUp()
  // the log of the world's own life comes after the one that its history is from
  log.generation = 1
  world.takeBackup()
  store.tables.ownerGeneration = 1
}
