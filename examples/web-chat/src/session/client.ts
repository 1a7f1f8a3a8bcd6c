import { createClient, stop } from '@tidings/sdk'
import { presence } from '@tidings/sdk/presence'
import { receipts } from '@tidings/sdk/receipts'
import { createRestClient, type RestClient } from '@tidings/sdk/rest'
import { typing } from '@tidings/sdk/typing'
import { createContext, useContext, useEffect, useState } from 'react'
import { CuttableSocket } from '../network/cuttable-socket.ts'
import { network } from '../network/network.ts'
import type { Identity } from './identity.ts'
import { LoginError, login } from './login.ts'

/** Messages, and the features that this chat uses. */
const openClient = (options: Parameters<typeof createClient>[0]) =>
  createClient({ ...options, features: [presence(), typing(), receipts()] })

export type ChatClient = ReturnType<typeof openClient>

/** A user who is in: the stream, and the REST API for what is no message. */
export interface Session {
  readonly identity: Identity
  readonly client: ChatClient
  readonly rest: RestClient
}

const SessionContext = createContext<Session | undefined>(undefined)
export const SessionProvider = SessionContext

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession is only for what is shown to somebody who is in')
  return session
}

const isForGood = ({ reason }: LoginError): boolean => reason === 'off' || reason === 'refused'

/** A new token whenever one is needed; where there can be none any more, the client ends. */
async function tokenFor({ name }: Identity, signal: AbortSignal): Promise<string> {
  try {
    return (await login(name, signal)).token
  } catch (error) {
    if (error instanceof LoginError && isForGood(error)) throw stop(error.message)
    throw error
  }
}

function openSession(identity: Identity): Session {
  const url = new URL('/v1/ws', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const getToken = ({ signal }: { signal: AbortSignal }) => tokenFor(identity, signal)
  return {
    identity,
    client: openClient({
      url: url.href,
      userId: identity.userId,
      getToken,
      WebSocket: CuttableSocket,
    }),
    rest: createRestClient({
      url: new URL('/v1', location.href).href,
      getToken,
      retries: 1,
      fetch: (input, init) => network.fetch(String(input), init),
    }),
  }
}

/**
 * The session of whoever is in. Made in an effect, so that each mount has one of its own and each
 * unmount closes it: React's StrictMode mounts twice.
 */
export function useOpenSession(identity: Identity): Session | undefined {
  const [session, setSession] = useState<Session>()
  useEffect(() => {
    const opened = openSession(identity)
    setSession(opened)
    // Who joins the network again wants to be back now, not when the next attempt is due.
    const stopWatching = network.subscribe(() => {
      if (!network.isCut()) opened.client.connect()
    })
    return () => {
      stopWatching()
      setSession(undefined)
      void opened.client.close()
    }
  }, [identity])
  return session
}
