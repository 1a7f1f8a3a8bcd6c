import type { Admin } from '../admin/admin.js'

/** Where newcomers of the development login meet. */
export const FIRST_CHANNEL = { workspaceId: 'home', channelId: 'general' } as const

/** Sees to it that it is there. */
export async function makeFirstChannel(admin: Admin): Promise<void> {
  const { workspaceId, channelId } = FIRST_CHANNEL
  await admin.upsertWorkspace({ workspaceId, name: 'Home' })
  await admin.upsertChannel({ workspaceId, channelId, name: 'general' })
}
