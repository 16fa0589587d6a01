import { PREFIX } from '../place.ts'

export const [FIRST_HEARTBEAT, NEXT_HEARTBEAT] = [5, 7]
/** The state that waits for the answer of a question. */
export const AGAIN = 'WaitAgain'

/** An event to a bus on which nobody listens for it: nothing else needs to be there for a token to be waited for. */
const waits = (more: Record<string, string> = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
  Arguments: {
    Entries: [
      {
        Source: PREFIX,
        DetailType: 'Token',
        Detail: {
          token: '{% $states.context.Task.Token %}',
          entered: '{% $states.context.State.EnteredTime %}',
          ...more,
        },
      },
    ],
  },
})

/** Misses one heartbeat, is tried again, misses another, and then waits to be answered. */
export const DEFINITION = {
  Comment: 'Made by a probe of Sluice, which deletes it',
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: {
    Wait: {
      ...waits(),
      HeartbeatSeconds: `{% $states.context.State.RetryCount = 0 ? ${FIRST_HEARTBEAT} : ${NEXT_HEARTBEAT} %}`,
      Retry: [
        {
          ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'],
          ...{ IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 1 },
        },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: { caught: '{% $states.errorOutput.Error %}' }, Next: AGAIN }],
      Next: AGAIN,
    },
    [AGAIN]: { ...waits({ caught: '{% $caught %}' }), HeartbeatSeconds: 900, End: true },
  },
}
