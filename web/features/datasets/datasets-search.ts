/** What the addresses of these pages say besides which page: pure. */
import { type DashboardSearch, dashboardSearch } from '../training/dashboard-search.ts'

/** `new`: a dataset is being made, of what passes the filters that come along from the dashboard. */
export type DatasetsSearch = Omit<DashboardSearch, 'open' | 'sort' | 'direction'> & { readonly new?: true }

export const datasetsSearch = (search: Record<string, unknown>): DatasetsSearch => {
  if (search.new !== true) return {}
  const { open: _open, sort: _sort, direction: _direction, ...filters } = dashboardSearch(search)
  return { ...filters, new: true }
}

export const versionViews = ['items', 'duplicates', 'changes', 'export'] as const
export type VersionView = (typeof versionViews)[number]

export const versionSearch = (search: Record<string, unknown>): { readonly view?: VersionView } => {
  const view = versionViews.find((each) => each === search.view)
  return view === undefined || view === 'items' ? {} : { view }
}
