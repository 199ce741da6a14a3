/** Sessions of conversions in PostgreSQL keep every promise of the port. */
import { keepsConversionSessions } from '#test/contracts/conversion-sessions.contract.ts'
import { createTestDatabase, openTestDoor } from '#test/support/database.ts'
import { pgConversionSessions } from './conversion-sessions.pg.ts'

keepsConversionSessions('PostgreSQL', async () => {
  const database = await createTestDatabase()
  const door = await openTestDoor(database)
  return {
    store: pgConversionSessions(door),
    async close() {
      await door.close()
      await database.drop()
    },
  }
})
