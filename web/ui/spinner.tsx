/** Something is under way, and there is no telling how long. */
import { LoaderCircle } from 'lucide-react'

export const Spinner = ({ size = 18 }: { readonly size?: number }) => (
  <LoaderCircle size={size} strokeWidth={1.75} className="spin" aria-hidden />
)
