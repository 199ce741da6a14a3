/** What a model answers when it is asked for a training conversation: the raw format of the contracts. */

/** A valid answer of so many turns, in the raw format (contracts, 0.3). */
export const trainingAnswer = (turns = 4, about = 'a budget') => ({
  conversation_metadata: {
    client_persona: 'Somebody',
    session_context: `The client writes about ${about} for the first time.`,
    conversation_phase: 'first_contact',
    expected_outcome: 'One next step.',
  },
  turns: Array.from({ length: turns }, (_, index) => ({
    turn_number: index + 1,
    role: index % 2 === 0 ? 'user' : 'assistant',
    content:
      index % 2 === 0
        ? `I keep thinking about ${about}, and number ${index + 1} of my worries is where to begin at all.`
        : `Let us look at ${about} together; step ${index + 1} is small enough to be done this evening, and it helps.`,
    emotional_context: {
      primary_emotion: index % 2 === 0 ? 'worry' : 'calm',
      secondary_emotion: 'hope',
      intensity: Math.round(80 - 5 * index) / 100,
    },
  })),
})
