/** Settles as the promise does; rejects when that waits for anything but promises: a timer, a socket, a disk. */
export const beforeTheNextTurn = <T>(promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      setImmediate(() => reject(new Error('it waits for something')))
    }),
  ])
