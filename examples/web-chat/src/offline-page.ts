/** Lets the built page be opened while the server is away. */
export async function keepPageOffline(): Promise<void> {
  if (import.meta.env.PROD) await navigator.serviceWorker?.register('/sw.js')
}
