/** The prompt templates of the starter set, one for each tier; all ask for the raw format of contracts, 0.3. Pure. */
import type { TemplateDraft } from './prompt-template.ts'

const people = `## The client

{{persona_name}}, {{persona_archetype}}.
- Life: {{persona_demographics}}
- Money: {{persona_financial_background}}
- Way of writing: {{persona_communication_style}}
- Usual mood: {{persona_emotional_baseline}}

What the client often asks:
{{persona_typical_questions}}

What worries the client:
{{persona_common_concerns}}

How the client speaks:
{{persona_language_patterns}}`

const subject = `## The subject

{{topic_name}} ({{topic_category}}, for {{topic_complexity}} level). {{topic_description}}

Questions that may come up:
{{topic_typical_questions}}

What the assistant should understand well:
{{topic_key_concepts}}`

const course = `## The course of feelings

{{arc_name}}: from {{starting_emotion}} (intensity {{starting_intensity_min}} to {{starting_intensity_max}}) in the client's first turn to {{ending_emotion}} (intensity {{ending_intensity_min}} to {{ending_intensity_max}}) in the client's last. The change is gradual and has its reason in what the assistant said.

How the assistant goes about it: {{arc_strategy}}

It is guided by:
{{arc_key_principles}}

It uses:
{{arc_response_techniques}}

It avoids:
{{arc_avoid_tactics}}`

const form = `## The form of your answer

Answer with one JSON object and nothing else: no introduction, no explanation, no Markdown fence. It has exactly this form:

{
  "conversation_metadata": {
    "client_persona": "name and kind of the client",
    "session_context": "one or two sentences: why the client writes today",
    "conversation_phase": "where in working together they are, such as first_contact",
    "expected_outcome": "what the client has at the end"
  },
  "turns": [
    {
      "turn_number": 1,
      "role": "user",
      "content": "what is said",
      "emotional_context": {
        "primary_emotion": "one word",
        "secondary_emotion": "one word",
        "intensity": 0.8
      }
    }
  ]
}

- From {{turn_count_min}} to {{turn_count_max}} turns, both sides counted. "turn_number" counts from 1.
- "role" is "user" for the client and "assistant" for the one who helps. They take turns; "user" begins, and the last turn is the assistant's.
- "emotional_context" stands in every turn. In a turn of the client it says what the client feels; in one of the assistant, the tone of the answer. "intensity" is a number between 0 and 1, never exactly 0 or 1.
- "content" is plain text of a real conversation, in the language of the client, without notes on what somebody feels or does.
- Quotation marks and line breaks within a text are escaped as JSON demands. Finish the object: an answer that breaks off is thrown away.`

export const STARTER_TEMPLATES: readonly TemplateDraft[] = [
  {
    name: 'Starter: guided conversation',
    tier: 'template',
    arcKey: null,
    text: `Write a conversation between a client and an assistant, from which a language model will learn how to help well.

${people}

${subject}

${course}

## What makes it good

- The client asks one clear question to begin with, as people do.
- The assistant answers the feeling first and the question second, and both within one turn.
- Every turn of the assistant says something that can be used, explains the terms that it needs, and ends in a question or a next step.
- Nothing is promised that depends on law, tax or a market; where somebody with a licence is needed, the assistant says so.

${form}
`,
  },
  {
    name: 'Starter: scenario',
    tier: 'scenario',
    arcKey: null,
    text: `Write a conversation between a client and an assistant in one particular situation, from which a language model will learn how to help well.

${people}

${subject}

${course}

## The situation

Make up a situation that fits this client and this subject: something that happened in the last days, with a date or a sum in it, somebody else who is concerned, and one thing that the client leaves out at first and tells later. Details agree with each other from the first turn to the last.

## What makes it good

- The client tells it in the wrong order, as people do, and corrects something once.
- The assistant asks for what is missing before it advises, works with the figures that it was told, and takes back what no longer fits.
- Every turn of the assistant is about this situation and would be wrong in another.
- Nothing is promised that depends on law, tax or a market; where somebody with a licence is needed, the assistant says so.

${form}
`,
  },
  {
    name: 'Starter: edge case',
    tier: 'edge_case',
    arcKey: null,
    text: `Write a difficult conversation between a client and an assistant, from which a language model will learn where help ends and how to stay kind there.

${people}

${subject}

${course}

## What is difficult

The client asks for something that the assistant must not give, cannot know or should leave to others, or is in a state in which the subject is not what matters. The client does not give in at the first answer.

## What makes it good

- Safety comes before the subject. Where somebody may come to harm, the assistant asks directly, names help that is there at any hour where the client lives, and stays calm.
- The assistant says plainly what it will not do, gives the reason once, and offers what it can do instead.
- It neither lectures nor defends itself, and does not change its mind because of pressure.
- The end is believable: not everything is solved, and the client knows what comes next.

${form}
`,
  },
]
