/** Of whatever lets somebody in: below it a secret can be found by trying. */
const SECRET_MIN_UNITS = 32

export const isLongEnough = (secret: string): boolean => secret.length >= SECRET_MIN_UNITS

/** The same for errors and the docs. */
export const LONG_ENOUGH = `at least ${SECRET_MIN_UNITS} characters`
