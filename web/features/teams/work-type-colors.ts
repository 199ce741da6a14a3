/** The named colours of work types, light and dark; always beside a name. */
import type { WorkType } from '#contract/messages/team.ts'

export const dotColors: Readonly<Record<WorkType['color'], string>> = {
  teal: 'var(--accent)',
  blue: 'light-dark(#1f6fb2, #7fb8ea)',
  violet: 'light-dark(#6b4fb3, #b9a5ee)',
  rose: 'light-dark(#b03a68, #ee9dbd)',
  amber: 'light-dark(#9a6206, #e5b45c)',
  green: 'light-dark(#3d7a2a, #97cc83)',
  grey: 'var(--edge)',
}

export const colors = Object.keys(dotColors) as WorkType['color'][]
