/** The chosen theme. `public/theme.js` applies it before the first paint. */
import { readSaved, save } from './saved.ts'
import { createStore, useStore } from './store.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const readTheme = (): Theme => {
  const saved = readSaved('theme')
  return saved === 'light' || saved === 'dark' ? saved : 'system'
}

const chosen = createStore<Theme>(readTheme())

export const useTheme = (): Theme => useStore(chosen)

export const chooseTheme = (theme: Theme): void => {
  save('theme', theme === 'system' ? null : theme)
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  chosen.set(theme)
}
