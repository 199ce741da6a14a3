/** What a work type is: a tag of a team conversation's messages; pure. */

/** The page's named colours. */
export type WorkTypeColor = 'teal' | 'blue' | 'violet' | 'rose' | 'amber' | 'green' | 'grey'

export interface WorkType {
  readonly id: string
  /** No other of the conversation has it, whatever its capitals. */
  readonly name: string
  readonly color: WorkTypeColor
}

/** Two names are the same where their keys are: capitals make no difference, however the letters are composed. */
export const workTypeKeyOf = (name: string): string =>
  name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')

/** Most work types of one conversation. */
export const MAX_WORK_TYPES = 100
