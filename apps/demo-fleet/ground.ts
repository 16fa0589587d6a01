/** Looks again and again until there is something, while AWS time passes. */
export type Until = <T>(what: string, found: () => Promise<T | undefined>) => Promise<T>

/** What the account has: a network, a role that may pull images and read the secrets of tasks, and one of the tasks' own. */
export const SUBNETS = ['subnet-0a1b2c3d', 'subnet-1a1b2c3d']
export const EXECUTION_ROLE = 'arn:aws:iam::111122223333:role/demo-execution'
/** With which ECS moves the traffic between two target groups. */
export const BALANCING_ROLE = 'arn:aws:iam::111122223333:role/demo-load-balancing'
export const TASK_ROLE = 'arn:aws:iam::111122223333:role/demo-task'

/** Where a container of this service or family writes its lines. */
export function logsTo(name: string) {
  return {
    logDriver: 'awslogs' as const,
    options: {
      'awslogs-group': `/ecs/${name}`,
      'awslogs-region': 'eu-west-1',
      'awslogs-stream-prefix': 'ecs',
    },
  }
}
