/** A list of the Training area before its rows are there. */
import { Loading, Skeleton } from '../../ui/states.tsx'

export const RowsWaiting = () => (
  <Loading>
    <div className="flex flex-col gap-6 px-4 pt-6 desk:px-6">
      {Array.from({ length: 5 }, (_, index) => (
        <div key={index} className="flex flex-col gap-2">
          <Skeleton className="h-5 w-[60%]" />
          <Skeleton className="h-4 w-[35%]" />
        </div>
      ))}
    </div>
  </Loading>
)
