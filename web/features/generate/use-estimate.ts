/** What a run would be, asked again when its settings have rested for a moment. */
import { useQuery } from '@tanstack/react-query'
import { useSettled } from '../../lib/use-settled.ts'
import { cellKey } from './cells.ts'
import { type Estimate, estimateGeneration, type WantedEstimate } from './estimate-generation.ts'

/** In milliseconds. */
const SETTLES_AFTER = 300

/** What does not go together is only known when all of it was looked at. */
export const canLeaveOut = (estimate: Estimate): boolean =>
  estimate.warned > 0 && estimate.warned === estimate.warnings.length && estimate.warned < estimate.cells.length

/** @param leavesOut whether cells whose parts do not go well together are left out */
export const useEstimate = (wanted: WantedEstimate | null, leavesOut: boolean) => {
  const spelled = JSON.stringify(wanted)
  const settled = useSettled(spelled, SETTLES_AFTER)
  const body = JSON.parse(settled) as WantedEstimate | null
  const whole = useQuery(estimateGeneration(body))
  const misfits = new Set(whole.data?.warnings.map(cellKey))
  const isNarrowed = leavesOut && whole.data !== undefined && canLeaveOut(whole.data)
  const narrowed = useQuery(
    estimateGeneration(
      isNarrowed && body
        ? { ...body, selection: { cells: whole.data.cells.filter((cell) => !misfits.has(cellKey(cell))) } }
        : null,
    ),
  )
  const shown = isNarrowed ? narrowed : whole
  return {
    /** Of what will be made. */
    data: body === null ? undefined : shown.data,
    /** Of all that was chosen: what does not go together is in here. */
    whole: body === null ? undefined : whole.data,
    /** What is shown belongs to settings that have changed since. */
    isOld: spelled !== settled || shown.isPlaceholderData || whole.isPlaceholderData || (isNarrowed && !narrowed.data),
    error: body === null ? null : (whole.error ?? narrowed.error),
    retry: () => void shown.refetch(),
  }
}

export type Estimated = ReturnType<typeof useEstimate>
