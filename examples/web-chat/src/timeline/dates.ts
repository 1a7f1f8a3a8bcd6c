const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const dayInYear = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
})
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })
const near = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

export const timeText = (ms: number): string => time.format(ms)
export const fullText = (ms: number): string => full.format(ms)

/** Today, yesterday, or the date: with its year where that is another one. */
export function dayText(ms: number, now: number): string {
  const days = Math.round((startOfDay(ms) - startOfDay(now)) / 86_400_000)
  if (days === 0 || days === -1) {
    const text = near.format(days, 'day')
    return text.charAt(0).toLocaleUpperCase() + text.slice(1)
  }
  const isThisYear = new Date(ms).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? dayInYear : day).format(ms)
}

const startOfDay = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0)
