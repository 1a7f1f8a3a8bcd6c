import { nowUs } from '../clock.js'

const UNITS = 200

/** A text of 200 characters that says when it was made. */
export const stampedText = (): string => `${nowUs()} `.padEnd(UNITS, 'x')

/** Milliseconds since the text was made. */
export const ageMs = (text: string): number => (nowUs() - Number.parseInt(text, 10)) / 1_000
