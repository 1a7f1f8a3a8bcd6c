import { useCallback, useState } from 'react'
import { ChatView } from './ChatView.tsx'
import { SessionProvider, useOpenSession } from './session/client.ts'
import { forgetIdentity, type Identity, keepIdentity, loadIdentity } from './session/identity.ts'
import { LoginView } from './session/LoginView.tsx'
import { NoticeProvider } from './ui/Notice.tsx'

/** Somebody types a name, and is in until they leave. */
export function App() {
  const [identity, setIdentity] = useState(loadIdentity)
  const enter = useCallback((next: Identity) => {
    keepIdentity(next)
    setIdentity(next)
  }, [])
  const leave = useCallback(() => {
    forgetIdentity()
    setIdentity(undefined)
  }, [])
  return identity ? (
    <Inside key={identity.userId} identity={identity} onLeave={leave} />
  ) : (
    <LoginView onLogin={enter} />
  )
}

function Inside({ identity, onLeave }: { identity: Identity; onLeave: () => void }) {
  const session = useOpenSession(identity)
  if (!session) return null
  return (
    <SessionProvider value={session}>
      <NoticeProvider>
        <ChatView onLeave={onLeave} />
      </NoticeProvider>
    </SessionProvider>
  )
}
