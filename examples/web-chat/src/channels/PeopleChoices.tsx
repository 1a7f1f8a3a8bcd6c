import type { KeyboardEvent } from 'react'
import { Avatar } from '../ui/Avatar.tsx'

/** More are found by typing. */
const shownMax = 50

interface PeopleChoicesProps {
  readonly userIds: readonly string[]
  readonly onChoose: (userId: string) => void
}

/** Names to choose from, and in words how many there are, for who does not see them change. */
export function PeopleChoices({ userIds, onChoose }: PeopleChoicesProps) {
  const hidden = userIds.length - shownMax
  return (
    <>
      <p className="hint" role="status">
        {countOf(userIds.length)}
        {hidden > 0 && `, the first ${shownMax} are shown`}
      </p>
      {userIds.length > 0 && (
        <ul className="people choosable" aria-label="People">
          {userIds.slice(0, shownMax).map((userId) => (
            <li key={userId}>
              <button type="button" className="quiet" onClick={() => onChoose(userId)}>
                <Avatar userId={userId} />
                <bdi className="people-name">{userId}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

const countOf = (count: number): string =>
  count === 0 ? 'Nobody else here is called that' : count === 1 ? '1 person' : `${count} people`

/** The arrow keys go from the field to the names and back. */
export function moveBetweenChoices(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, .choosable button')]
  const at = stops.indexOf(event.target as HTMLElement)
  // an input method goes through its own words with these keys
  if (step === 0 || at < 0 || event.nativeEvent.isComposing) return
  event.preventDefault()
  stops[at + step]?.focus()
}
