import type { Message } from '@tidings/sdk'
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'

interface Reply {
  /** The message that is being answered. */
  readonly reply: Message | undefined
  readonly setReply: (message: Message | undefined) => void
}

const ReplyContext = createContext<Reply>({ reply: undefined, setReply: () => {} })

export const useReply = (): Reply => useContext(ReplyContext)

/** What the composer and the messages of one channel share. */
export function ReplyProvider({ children }: { children: ReactNode }) {
  const [reply, setReply] = useState<Message>()
  const value = useMemo(() => ({ reply, setReply }), [reply])
  return <ReplyContext value={value}>{children}</ReplyContext>
}
