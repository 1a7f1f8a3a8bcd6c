/** Microseconds of a clock that all processes of a machine share, and that nobody sets. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n)
