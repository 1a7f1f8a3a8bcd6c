/** A busy machine may take longer than the second that is waited for otherwise. */
export const PATIENCE = { timeout: 20_000 }
