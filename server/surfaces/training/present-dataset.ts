/** Datasets as the contract spells them, and back. */
import type { z } from 'zod'
import type * as contract from '#contract/training/index.ts'
import type { ReplyOf } from '#contract/endpoint.ts'
import { errorCatalogue, type ErrorCode } from '#kernel/errors.ts'
import {
  type Change,
  type Cluster,
  type Dataset,
  type DatasetVersion,
  type FullPreview,
  type ListedItem,
  type Member,
  MODEL_LIMITS,
  type Selection,
  type Settings,
  type VersionCounts,
} from '../../features/datasets/index.ts'

type Wire<Schema extends z.ZodType> = z.output<Schema>

export const readSelection = ({ filter, include, exclude }: Wire<typeof contract.wantedSelection>): Selection => ({
  filter: filter && {
    status: filter.status,
    tier: filter.tier,
    personaKey: filter.persona_key,
    arcKey: filter.arc_key,
    topicKey: filter.topic_key,
    qualityMin: filter.quality_min,
    qualityMax: filter.quality_max,
    origin: filter.origin,
    requiresManualReview: filter.requires_manual_review,
    text: filter.q,
  },
  include,
  exclude,
})

const presentSelection = ({ filter, include, exclude }: Selection): Wire<typeof contract.datasetSelection> => ({
  filter: filter && {
    status: filter.status,
    tier: filter.tier,
    persona_key: filter.personaKey,
    arc_key: filter.arcKey,
    topic_key: filter.topicKey,
    quality_min: filter.qualityMin,
    quality_max: filter.qualityMax,
    origin: filter.origin,
    requires_manual_review: filter.requiresManualReview,
    q: filter.text,
  },
  include: [...include],
  exclude: [...exclude],
})

export const readSettings = (settings: Wire<typeof contract.wantedSettings>): Settings => ({
  splits: settings.splits,
  seed: settings.seed,
  duplicates: settings.duplicates,
  nearDuplicateThreshold: settings.near_duplicate_threshold,
  maxTokens: settings.max_tokens,
  minTurns: settings.min_turns,
  maxTurns: settings.max_turns,
  onlyApproved: settings.only_approved,
})

const presentSettings = (settings: Settings): Wire<typeof contract.datasetSettings> => ({
  splits: settings.splits,
  seed: settings.seed,
  duplicates: settings.duplicates,
  near_duplicate_threshold: settings.nearDuplicateThreshold,
  max_tokens: settings.maxTokens,
  min_turns: settings.minTurns,
  max_turns: settings.maxTurns,
  only_approved: settings.onlyApproved,
})

export const presentDataset = (dataset: Dataset): contract.Dataset => ({
  id: dataset.id,
  name: dataset.name,
  description: dataset.description,
  selection: presentSelection(dataset.selection),
  settings: presentSettings(dataset.settings),
  latest_version: dataset.latestVersion,
  created_at: dataset.createdAt.toISOString(),
  updated_at: dataset.updatedAt.toISOString(),
})

export const presentPreview = ({ selected, dropped, tokens }: FullPreview): ReplyOf<typeof contract.previewDataset> => {
  const gone = Object.values(dropped).reduce<number>((sum, count) => sum + (count ?? 0), 0)
  return { success: true, selected, kept: selected - gone, dropped, tokens }
}

const presentCounts = (counts: VersionCounts): Wire<typeof contract.versionCounts> => {
  const { train, validation, test } = counts.splits
  const kept = train.conversations + validation.conversations + test.conversations
  const withShare = (split: typeof train) => ({ ...split, share: split.conversations / kept })
  return {
    selected: counts.selected,
    kept,
    splits: { train: withShare(train), validation: withShare(validation), test: withShare(test) },
    dropped: counts.dropped,
    clusters: counts.clusters,
    moved: counts.moved,
    tokens: {
      encoding: 'o200k_base',
      total: train.tokens + validation.tokens + test.tokens,
      longest: counts.longestTokens,
      models: MODEL_LIMITS.map(({ model, contextTokens, isEstimate }) => ({
        model,
        context_tokens: contextTokens,
        is_estimate: isEstimate,
        conversations_too_long: counts.longerThan.find(({ tokens }) => tokens === contextTokens)?.conversations ?? 0,
      })),
    },
  }
}

const presentError = (code: ErrorCode) => ({ code, message: errorCatalogue[code].message })

export const presentVersion = (version: DatasetVersion): contract.DatasetVersion => ({
  dataset_id: version.datasetId,
  version: version.version,
  status: version.status,
  selection: presentSelection(version.selection),
  settings: presentSettings(version.settings),
  progress: {
    total: version.total,
    processed: version.done,
    percentage: version.status === 'completed' ? 100 : percentageOf(version.done, version.total ?? 0),
  },
  counts: version.counts && presentCounts(version.counts),
  erased: version.erased,
  error: version.errorCode && presentError(version.errorCode),
  created_at: version.createdAt.toISOString(),
  completed_at: version.completedAt?.toISOString() ?? null,
})

/** Reading is nearly all of the work, and not all. */
const percentageOf = (done: number, total: number): number =>
  total === 0 ? 0 : Math.min(99, Math.floor((done / total) * 100))

export const presentItem = (item: ListedItem): contract.DatasetItem => ({
  conversation_id: item.conversationId,
  title: item.title,
  revision: item.revision,
  split: item.split,
  dropped: item.dropped,
  turns: item.turnCount,
  tokens: item.tokenCount,
  cluster_id: item.clusterId,
  similarity: item.similarity,
})

export const presentMember = ({
  id,
  title,
  status,
  turnCount,
  tokenCount,
  isNamed,
}: Member): contract.DatasetMember => ({
  conversation_id: id,
  title,
  status,
  turns: turnCount,
  tokens: tokenCount,
  named: isNamed,
})

export const presentCluster = ({ id, total, items }: Cluster) => ({
  cluster_id: id,
  conversations: total,
  items: items.map(presentItem),
})

export const presentChange = ({ conversationId, change, title, from, to }: Change) => ({
  conversation_id: conversationId,
  change,
  title,
  from,
  to,
})
