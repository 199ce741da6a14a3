/** Lets a model score the conversation that is open. */
import { Scale } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { FormError } from '../../ui/states.tsx'
import { ModelPicker } from '../models/model-picker.tsx'
import { useTrainingModel } from '../generate/use-training-model.ts'
import { useJudgeConversation } from './judge-conversation.ts'

export const JudgeBar = ({
  conversationId,
  disabled,
}: {
  readonly conversationId: string
  readonly disabled: boolean
}) => {
  const { t } = useTranslation()
  const models = useTrainingModel()
  const judge = useJudgeConversation(conversationId)
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <ModelPicker framed groups={models.groups ?? []} value={models.model} onChoose={models.choose} />
        <Button
          disabled={disabled || judge.isPending || !models.model}
          onClick={() => models.model && judge.mutate(models.model.id)}
        >
          {judge.isPending ? <Spinner /> : <Scale size={18} strokeWidth={1.75} aria-hidden />}
          {t(judge.isPending ? 'training.judging' : 'training.judge')}
        </Button>
      </div>
      {judge.error && <FormError>{errorText(t, judge.error)}</FormError>}
    </div>
  )
}
