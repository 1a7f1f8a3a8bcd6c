import type { Directory } from '../../ports/directory.js'
import type { MembershipCache } from '../../ports/membership.js'
import { type Draft, refuse, refuseForNow, type Step } from '../draft.js'

export interface MembershipSources {
  readonly memberships: Pick<MembershipCache, 'get'>
  readonly directory: Pick<Directory, 'channels' | 'workspaceMember'>
}

/** Who is no member may not (I8); the server itself needs no membership. */
export function membership({ memberships, directory }: MembershipSources): Step {
  /** Only a public channel of one's own workspace is known to be there. */
  async function isOpenTo(userId: string, channelId: string): Promise<boolean> {
    const [channel] = await directory.channels([channelId])
    if (channel === undefined || channel.kind !== 'public') return false
    return (await directory.workspaceMember(channel.workspaceId, userId)) !== undefined
  }

  async function find(draft: Draft): Promise<void> {
    const { userId } = draft.request
    const channelId = draft.frame.channel_id
    try {
      draft.membership = await memberships.get(channelId, userId)
      if (draft.membership !== undefined) return
      refuse(draft, (await isOpenTo(userId, channelId)) ? 'not_in_channel' : 'channel_not_found')
    } catch {
      refuseForNow(draft)
    }
  }

  return {
    name: 'membership',
    async run(drafts) {
      await Promise.all(drafts.filter(({ request }) => !request.asServer).map(find))
    },
  }
}
