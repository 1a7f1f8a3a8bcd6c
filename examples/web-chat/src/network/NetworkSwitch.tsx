import { useState, useSyncExternalStore } from 'react'
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

/** Where nothing else is to be seen: the way back, for who has cut the network. */
export function JoinAgain() {
  const isCut = useIsCut()
  const [wasCut] = useState(isCut)
  return wasCut || isCut ? (
    <div>
      <NetworkSwitch />
    </div>
  ) : null
}

/** Says what being cut means, while it lasts. */
export function CutBanner() {
  if (!useIsCut()) return null
  return (
    <p className="banner">
      <strong>The network is cut.</strong> What you write waits here, also over a reload. Join the
      network again, and it goes out once and in order.
    </p>
  )
}
