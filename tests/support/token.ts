/** Who somebody is, as the tokens of the tests say it: in plain JSON. */
export interface Identity {
  readonly userId: string
  readonly expiresAt?: number | undefined
}

export const tokenOf = (identity: Identity): string => JSON.stringify(identity)

export const identityOf = (token: string): Identity & { readonly expiresAt?: number } =>
  JSON.parse(token)
