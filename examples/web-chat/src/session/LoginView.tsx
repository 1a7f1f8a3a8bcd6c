import { type FormEvent, useId, useState } from 'react'
import { JoinAgain } from '../network/NetworkSwitch.tsx'
import { Icon } from '../ui/icons.tsx'
import type { Identity } from './identity.ts'
import { LoginError, login } from './login.ts'

interface LoginViewProps {
  readonly onLogin: (identity: Identity) => void
}

/** A name is enough: this is the server's development login. */
export function LoginView({ onLogin }: LoginViewProps) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<LoginError>()
  const id = useId()

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim()
    if (name === '' || isBusy) return
    if (!/[\p{L}\p{N}]/u.test(name)) {
      setProblem(new LoginError('refused', 'A name needs a letter or a digit.'))
      return
    }
    setBusy(true)
    setProblem(undefined)
    try {
      const { token: _, ...identity } = await login(name)
      onLogin(identity)
    } catch (error) {
      setProblem(error instanceof LoginError ? error : new LoginError('away', String(error)))
      setBusy(false)
    }
  }

  return (
    <main className="login">
      <img className="login-mark" src="/icon.svg" alt="" width="56" height="56" />
      <h1>Tidings</h1>
      <p className="login-lead">Messages that arrive once, in order, and are never lost.</p>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={`${id}name`}>Your name</label>
        <input
          id={`${id}name`}
          name="name"
          required
          maxLength={60}
          autoComplete="nickname"
          // biome-ignore lint/a11y/noAutofocus: the page's only purpose
          autoFocus
          aria-describedby={`${id}hint`}
        />
        <p id={`${id}hint`} className="hint">
          No password: the same name is the same user. For a second user, open this page in a
          private window and take another name.
        </p>
        <button type="submit" className="primary" aria-disabled={isBusy}>
          {isBusy ? 'Coming in…' : 'Come in'}
        </button>
      </form>
      <JoinAgain />
      <div role="alert">{problem && <Problem problem={problem} />}</div>
    </main>
  )
}

const remedies: Record<LoginError['reason'], string> = {
  cut: 'Join it again first: the switch is above.',
  away: 'Start it with “npm start” in the folder of Tidings, then try again.',
  off: 'Start it with devLogin: true. It refuses to run when NODE_ENV is production.',
  refused: 'Try another name.',
}

function Problem({ problem }: { problem: LoginError }) {
  return (
    <p className="problem">
      <Icon name="warning" />
      <span>
        <strong>{problem.message}</strong> {remedies[problem.reason]}
      </span>
    </p>
  )
}
