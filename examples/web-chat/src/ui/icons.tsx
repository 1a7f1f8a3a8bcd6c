/** Drawn on a 20 by 20 grid, in the colour of the text around. */
const paths = {
  add: 'M10 4v12M4 10h12',
  back: 'M12 4l-6 6 6 6',
  bubble: 'M4 5h12v8.5H9.5L6 16.5v-3H4z',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  checks: 'M1.5 10.5L5 14l7.5-8M9 13l1 1 7.5-8',
  clock: 'M10 3.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13M10 6.5V10l2.5 1.5',
  close: 'M5 5l10 10M15 5L5 15',
  down: 'M10 4v12M5 11l5 5 5-5',
  edit: 'M4 16l.8-3.2 8.4-8.4 2.4 2.4-8.4 8.4zM11.5 6l2.4 2.4',
  hash: 'M8 4L6.5 16M13.5 4L12 16M4.5 8h12M3.5 12h12',
  leave: 'M8 4H4.5v12H8M12.5 6.5L16 10l-3.5 3.5M16 10H8',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  moon: 'M15.5 12.5A6.5 6.5 0 017.5 4.5a6.5 6.5 0 108 8z',
  outbox: 'M3.5 11l2.5-6.5h8L16.5 11v5h-13zM3.5 11H7l1 2h4l1-2h3.5',
  people:
    'M8 4.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5M3 16c.4-3 2.2-4.2 5-4.2s4.6 1.2 5 4.2M13 5a2.3 2.3 0 010 4.4M14.6 12c1.6.6 2.4 1.8 2.6 4',
  person: 'M10 4a3 3 0 100 6 3 3 0 000-6M4.5 16.5c.5-3 2.5-4.5 5.5-4.5s5 1.5 5.5 4.5',
  remove: 'M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.7 9v4.5M11.3 9v4.5',
  reply: 'M8 5L4 9l4 4M4 9h7c3 0 5 2 5 6',
  retry: 'M15.5 6v3.5H12M15 9.5A5.5 5.5 0 1014.5 13',
  send: 'M4 10L3.5 4l13.5 6-13.5 6zM4 10h6',
  smile:
    'M10 3.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13M7.2 11.5c1.2 2 4.4 2 5.6 0M7.7 8h.01M12.3 8h.01',
  warning: 'M10 3.5L17 16H3zM10 8.5v3.5M10 14h.01',
}

export type IconName = keyof typeof paths

/** A picture beside words, or inside a control that has a name: never read out. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
