/** The present, moving once a second while somebody needs it so. */
import { useEffect, useState } from 'react'

export const useSeconds = (isNeeded: boolean): number => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!isNeeded) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isNeeded])
  return now
}
