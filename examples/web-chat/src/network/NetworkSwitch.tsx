import { useSyncExternalStore } from 'react'
import { network } from './network.ts'

export const useIsCut = (): boolean => useSyncExternalStore(network.subscribe, network.isCut)

/** The product's point, to try: cut the line, write, reload, join it again. */
export function NetworkSwitch() {
  const isCut = useIsCut()
  return (
    <button
      type="button"
      className="network-switch"
      role="switch"
      aria-checked={isCut}
      onClick={() => network.set(!isCut)}
    >
      <span className="network-switch-track" aria-hidden="true" />
      <span>Cut the network</span>
    </button>
  )
}

/** Says what being cut means, while it lasts. */
export function CutBanner() {
  if (!useIsCut()) return null
  return (
    <p className="banner">
      <strong>The network is cut.</strong> What you write waits here, also over a reload, and goes
      out once and in order when you join the network again.
    </p>
  )
}
