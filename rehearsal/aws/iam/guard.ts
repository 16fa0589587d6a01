import { type Guard, notRehearsed } from '../wire/endpoint.ts'
import type { Iam } from './iam.ts'

/** Lets a call through that its caller may make. What is authorized on nothing known is refused by name to those who are judged. */
export function createGuard(iam: Iam): Guard {
  return ({ signingName, authorization }, operation, input, caller) => {
    const needs = authorization[operation]
    if (needs) iam.demand(caller.principal, needs(input, caller))
    else if (iam.isJudged(caller.principal)) throw notRehearsed(`what ${signingName}:${operation} is authorized on`)
  }
}
