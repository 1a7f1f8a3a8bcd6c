import { useEffect, useState } from 'react'
import { useSession } from '../session/client.ts'
import { errorText } from '../ui/error-text.ts'

/** A larger workspace is not read to its end: there a name is typed. */
const peopleMax = 500
const pageSize = 100

interface People {
  /** Everybody else in the workspace; undefined while they are read. */
  readonly userIds?: readonly string[]
  readonly problem?: string
}

/** With whom one can talk. */
export function usePeople(): People {
  const { rest, identity } = useSession()
  const [people, setPeople] = useState<People>({})

  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    async function read(): Promise<void> {
      const userIds: string[] = []
      const members = rest.workspaces.members(identity.workspaceId, { pageSize, signal })
      for await (const { userId } of members) {
        if (userId !== identity.userId) userIds.push(userId)
        if (userIds.length === peopleMax) break
      }
      if (!signal.aborted) setPeople({ userIds })
    }
    read().catch((error: unknown) => {
      if (!signal.aborted) setPeople({ problem: errorText(error) })
    })
    return () => controller.abort()
  }, [rest, identity])

  return people
}
