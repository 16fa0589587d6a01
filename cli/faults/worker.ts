import { stoppedBySignals } from '../signals.ts'
import { type Cell, play } from './play.ts'

/** What a worker is asked for. */
export interface Order {
  cell: Cell
  /** The cloud assembly. */
  assembly: string
  /** Whether a fault that did not fire is a miss. */
  needsFired: boolean
}

/** Plays one cell after the other in this process, as it is asked to; ends with whoever asks. */
process.on('message', ({ cell, assembly, needsFired }: Order) => {
  void play(cell, assembly, { needsFired }).then(played => process.send?.(played))
})
process.once('disconnect', () => process.exit())
// Whoever ends at a signal without a word leaves its temporary folders behind.
stoppedBySignals()
