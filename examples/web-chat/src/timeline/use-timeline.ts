import type { Channel, TimelineSnapshot } from '@tidings/sdk'
import { useSyncExternalStore } from 'react'

/** The messages of a channel as they are now. Looking at them opens the channel. */
export const useTimeline = ({ timeline }: Channel): TimelineSnapshot =>
  useSyncExternalStore(timeline.subscribe, timeline.getSnapshot)
