import { Component, type ReactNode } from 'react'

/** What is shown instead of an empty page when the page itself has a fault. */
export class Broken extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <main className="login">
        <h1>Something broke</h1>
        <p className="login-lead">
          This page has a fault: {error.message}. What you wrote is kept and goes out after a
          reload.
        </p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          Reload
        </button>
      </main>
    )
  }
}
