/** A question about the stage was answered with no; `because` says how to go on. */
export type Refused = { kind: 'refused'; because: string }
export const refused = (because: string): Refused => ({ kind: 'refused', because })
