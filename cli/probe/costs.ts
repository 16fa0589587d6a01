import type { ThrowAway } from './probe-arguments.ts'

/** What would be made, and what that costs: for whoever has not said yes yet. */
export function costsOf({ cluster, taskDefinition, machineRole, wiring }: ThrowAway, where: string): string[] {
  const services = wiring ? 'two services' : 'one service'
  return [
    `This makes, in ${where},`,
    'and removes again at its end or at Ctrl-C:',
    `  in cluster ${cluster} ${services}, with one to two Fargate tasks of ${taskDefinition}, for up to an hour`,
    ...(wiring ? ['  two target groups, and one rule of your listener for a host that nobody asks for'] : []),
    ...(machineRole
      ? ['  one state machine, with one execution of two states, and three events on the default bus']
      : []),
    'All names begin with sluice-probe-, and all is tagged sluice:probe. Nothing else is changed.',
    'What is left when it is killed, this finds and removes: npm run probe -- --clean-up',
    'The tasks cost what they cost you anyway: for the smallest Fargate task about one US cent in an hour and a half.',
    'Your containers really start: choose a task definition that may run once more.',
    'If you mean it, say so: --yes',
  ]
}
