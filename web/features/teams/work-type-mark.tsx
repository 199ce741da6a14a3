/** A work type: its name beside a dot of its colour. */
import type { WorkType } from '#contract/messages/team.ts'
import { dotColors } from './work-type-colors.ts'

export const WorkTypeMark = ({ workType }: { readonly workType: Pick<WorkType, 'name' | 'color'> }) => (
  <span className="inline-flex min-w-0 items-center gap-1.5">
    <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: dotColors[workType.color] }} />
    <span className="truncate">{workType.name}</span>
  </span>
)
