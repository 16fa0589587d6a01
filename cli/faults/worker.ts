import { stoppedBySignals } from '../signals.ts'
import { type Cell, type Judged, play } from './play.ts'

/** What a worker is asked for. */
export interface Order extends Judged {
  cell: Cell
  /** The cloud assembly. */
  assembly: string
}

/** Plays one cell after the other in this process, as it is asked to; ends with whoever asks. */
process.on('message', ({ cell, assembly, ...judged }: Order) => {
  void play(cell, assembly, judged).then(played => process.send?.(played))
})
process.once('disconnect', () => process.exit())
// Whoever ends at a signal without a word leaves its temporary folders behind.
stoppedBySignals()
