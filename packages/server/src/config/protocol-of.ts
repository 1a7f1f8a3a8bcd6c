/** Such as `https:`; empty for what is no address. */
export const protocolOf = (address: string): string =>
  URL.canParse(address) ? new URL(address).protocol : ''
