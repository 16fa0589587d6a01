/** What an ARN ends with, after its last slash: `family:revision`, the id of a task or deployment, the name of a cluster or role. */
export function idIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

/** `…:task-definition/demo-api:7` → `demo-api` */
export function familyIn(taskDefinition: string): string {
  return idIn(taskDefinition).replace(/:\d+$/, '')
}
