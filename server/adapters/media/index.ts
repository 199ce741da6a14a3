/** Everything that opens files which nobody has vouched for, in processes of its own. */
import type { InspectFile, MakePicture } from '#server/features/files/index.ts'
import { inspectFiles } from './inspect.ts'
import type { MediaJobs } from './media.process.ts'
import { type DrawFrame, makePictures } from './pictures.ts'
import { makeWorkshop } from './workshop.ts'

export interface Media {
  readonly inspectFile: InspectFile
  readonly makePicture: MakePicture
  /** Ends its processes; what they are doing is lost. */
  close(): void
}

/** @param drawFrame what videos need; they have no pictures where it always says no */
export const openMedia = ({ drawFrame }: { readonly drawFrame: DrawFrame }): Media => {
  const workshop = makeWorkshop<MediaJobs>({ script: new URL('./media.process.ts', import.meta.url) })
  return {
    inspectFile: inspectFiles(workshop),
    makePicture: makePictures(workshop, drawFrame),
    close: () => workshop.close(),
  }
}
