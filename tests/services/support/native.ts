/** Services of this machine, whatever addresses the developer's environment names. */
export const native = { environment: { TIDINGS_SERVICES: 'native' } } as const
