import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { keepPageOffline } from './offline-page.ts'
import { Broken } from './ui/Broken.tsx'
import './styles/index.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has lost its #root')
createRoot(root).render(
  <StrictMode>
    <Broken>
      <App />
    </Broken>
  </StrictMode>,
)

// Without it everything works but opening the page offline: a private window may forbid it.
keepPageOffline().catch(() => {})
