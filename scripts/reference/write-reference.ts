/** Writes `docs/reference/`: everything there is generated, and a test compares it with what this makes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeReference, referenceFolder } from './make-reference.ts'

mkdirSync(referenceFolder, { recursive: true })
for (const [name, content] of await makeReference()) writeFileSync(path.join(referenceFolder, name), content)
