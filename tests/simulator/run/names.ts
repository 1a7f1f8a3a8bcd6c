/** What channels and users of every world are called, by their places in its setting. */
export const channelName = (index: number): string => `c${index}`
export const userName = (index: number): string => `u${index}`
export const WORKSPACE = 'w1'
