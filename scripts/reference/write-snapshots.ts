/** Writes `docs/reference/snapshots/v1/` from a server that is started for it, as people start it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { withParlance } from '../../bench/parlance.ts'
import { snapshotFolder } from './make-reference.ts'
import { takeSnapshots } from './take-snapshots.ts'

const dataDir = await mkdtemp(path.join(tmpdir(), 'parlance-snapshots-'))
try {
  const snapshots = await withParlance(dataDir, {}, ({ url }) => takeSnapshots(url))
  await rm(snapshotFolder, { recursive: true, force: true })
  await mkdir(snapshotFolder, { recursive: true })
  for (const [name, content] of snapshots) await writeFile(path.join(snapshotFolder, name), content)
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
