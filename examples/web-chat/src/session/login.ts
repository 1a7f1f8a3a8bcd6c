import { network } from '../network/network.ts'
import type { Identity } from './identity.ts'

/** Why nobody could be logged in, in words for a person. */
export class LoginError extends Error {
  constructor(
    readonly reason: 'cut' | 'away' | 'off' | 'refused',
    message: string,
  ) {
    super(message)
  }
}

export interface Login extends Identity {
  readonly token: string
}

interface Answer {
  readonly data?: {
    readonly token: string
    readonly user_id: string
    readonly workspace_id: string
    readonly channel_id: string
  } | null
  readonly error?: { readonly message?: string } | null
}

/** The server's development login: a name is enough. Throws a LoginError. */
export async function login(name: string, signal?: AbortSignal): Promise<Login> {
  const response = await network
    .fetch('/v1/dev/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
      ...(signal && { signal }),
    })
    .catch(() => {
      throw network.isCut()
        ? new LoginError('cut', 'You cut the network.')
        : new LoginError('away', 'The server does not answer. Is it running?')
    })
  if (response.status === 404) {
    throw new LoginError('off', 'This server has its development login turned off.')
  }
  const { data, error } = (await response.json().catch(() => ({}))) as Answer
  if (data) {
    const { token, user_id: userId, workspace_id: workspaceId, channel_id: channelId } = data
    return { name, token, userId, workspaceId, channelId }
  }
  if (response.status >= 500) {
    throw new LoginError('away', `The server has trouble just now (${response.status}).`)
  }
  throw new LoginError('refused', error?.message ?? `The server said no (${response.status}).`)
}
