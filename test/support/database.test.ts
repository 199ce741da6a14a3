import { afterAll, expect, it } from 'vitest'
import { createTestDatabase, openTestDoor, seedPerson } from './database.ts'

const database = await createTestDatabase()
afterAll(() => database.drop())

it('gives a migrated database with a door', async () => {
  const { actor, userId } = await seedPerson(database.owner)
  const door = await openTestDoor(database)
  expect(await door.as(actor).query({ sql: 'select user_id from users', parameters: [] })).toEqual([
    { user_id: userId },
  ])
  await door.close()
})
