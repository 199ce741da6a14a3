/** Jobs and formats in the words of seed 3. */
import type * as contract from '#contract/conversion/index.ts'
import { canRetry, type Job, type Offer, outputNameOf } from '../../features/conversion/index.ts'

export const presentStatus = (job: Job) => ({
  status: job.status,
  error_message: job.errorMessage,
  completed_at: job.completedAt?.toISOString() ?? null,
})

export const presentJob = (job: Job, offer: Offer): contract.JobDetails => ({
  job_id: job.id,
  original_filename: job.name,
  source_format: job.sourceFormat,
  target_formats: [...offer.targetsOf(job.sourceFormat)],
  target_format: job.targetFormat,
  status: job.status,
  progress: job.progress,
  error_type: job.errorType,
  error_message: job.errorMessage,
  can_retry: canRetry(job),
  size: job.size,
  output_size: job.outputSize,
  output_filename: outputNameOf(job),
  created_at: job.createdAt.toISOString(),
  completed_at: job.completedAt?.toISOString() ?? null,
})

/** `mostBytes`: the largest upload. */
export const presentFormats = (offer: Offer, mostBytes: number) =>
  offer.groups.map(({ id, engine, from, to }) => ({
    id,
    name: engine.name,
    description: engine.description,
    inputFormats: [...from],
    outputFormats: [...to],
    maxSize: Math.min(engine.maxBytes, mostBytes),
    features: [],
  }))

export const presentEngines = ({ engines }: Offer) =>
  engines.map(({ engine: { id, name, packages }, isInstalled }) => ({ id, name, isInstalled, packages: [...packages] }))
