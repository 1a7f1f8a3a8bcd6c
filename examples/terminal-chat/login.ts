export interface Login {
  readonly token: string
  readonly userId: string
  readonly channelId: string
}

interface Answer {
  readonly data?: {
    readonly token: string
    readonly user_id: string
    readonly channel_id: string
  } | null
  readonly error?: { readonly message?: string } | null
}

/**
 * The server's development login: a name is enough, and makes a member of the first channel. Rejects with an Error
 * that says to a person what to do.
 */
export async function login(url: string, name: string, signal?: AbortSignal): Promise<Login> {
  if (!URL.canParse(url)) {
    throw new Error('that is no address; one looks like http://localhost:8080.')
  }
  const answer = await fetch(new URL('/v1/dev/login', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
    ...(signal && { signal }),
  }).catch(() => {
    throw new Error('no server answers there. Start a server with “npm start” first.')
  })
  if (answer.status === 404) throw new Error('the server there has its development login off.')
  const { data, error } = (await answer.json().catch(() => ({}))) as Answer
  if (!data) throw new Error(error?.message ?? `it answered ${answer.status}.`)
  return { token: data.token, userId: data.user_id, channelId: data.channel_id }
}
