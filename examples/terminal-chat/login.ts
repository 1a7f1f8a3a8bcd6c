export interface Login {
  readonly token: string
  readonly userId: string
  readonly channelId: string
}

interface Answer {
  readonly data?: { readonly token: string; readonly user_id: string; readonly channel_id: string }
}

/** The server's development login: a name is enough, and makes a member of the first channel. */
export async function login(url: string, name: string, signal?: AbortSignal): Promise<Login> {
  const answer = await fetch(new URL('/v1/dev/login', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
    ...(signal && { signal }),
  }).catch(() => {
    throw new Error('no server answers there')
  })
  const { data } = (await answer.json().catch(() => ({}))) as Answer
  if (!answer.ok || !data) throw new Error(`it answered ${answer.status}`)
  return { token: data.token, userId: data.user_id, channelId: data.channel_id }
}
