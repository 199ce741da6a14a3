/** The pages of the Training area with what their addresses say; loaded after the first page. */
import { useParams } from '@tanstack/react-router'
import { DatasetPage } from '../features/datasets/dataset-page.tsx'
import { DatasetsPage } from '../features/datasets/datasets-page.tsx'
import { ExportsPage } from '../features/datasets/exports-page.tsx'
import { VersionPage } from '../features/datasets/version-page.tsx'
import { FailuresPage } from '../features/generate/failures-page.tsx'
import { GeneratePage } from '../features/generate/generate-page.tsx'
import { RunPage } from '../features/generate/run-page.tsx'
import { RunsPage } from '../features/generate/runs-page.tsx'
import { ScaffoldingPage } from '../features/generate/scaffolding-page.tsx'
import { SourcePage } from '../features/sources/source-page.tsx'
import { SourcesPage } from '../features/sources/sources-page.tsx'
import { AnalyticsPage } from '../features/training/analytics-page.tsx'
import { DashboardPage } from '../features/training/dashboard-page.tsx'
import { LogPage } from '../features/training/log-page.tsx'
import { TrainingFrame } from '../features/training/training-frame.tsx'
import { Frame } from './frame.tsx'

export const TrainingRoute = () => (
  <Frame>
    <TrainingFrame />
  </Frame>
)

export const RunRoute = () => {
  const { runId } = useParams({ from: '/conversations/runs/$runId' })
  return <RunPage key={runId} id={runId} />
}

export const DatasetRoute = () => {
  const { datasetId } = useParams({ from: '/conversations/datasets/$datasetId' })
  return <DatasetPage key={datasetId} id={datasetId} />
}

export const VersionRoute = () => {
  const { datasetId, version } = useParams({ from: '/conversations/datasets/$datasetId/versions/$version' })
  return <VersionPage key={`${datasetId}.${version}`} datasetId={datasetId} version={Number(version)} />
}

export const SourceRoute = () => {
  const { sourceId } = useParams({ from: '/conversations/sources/$sourceId' })
  return <SourcePage key={sourceId} id={sourceId} />
}

export {
  AnalyticsPage,
  DashboardPage,
  DatasetsPage,
  ExportsPage,
  FailuresPage,
  GeneratePage,
  LogPage,
  RunsPage,
  ScaffoldingPage,
  SourcesPage,
}
