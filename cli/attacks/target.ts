/** Pages that are attacked: those of an installation in which a release waits for people. */
export interface Target {
  /** Where the pages are, without a slash at the end. */
  url: string
  /** Personal link of somebody who may decide. */
  link: string
  /** Personal link of another release, whose question is over. */
  otherLink: string
  /** Sends one request, and follows no redirection. */
  send(url: string, init?: RequestInit): Promise<Response>
  /** Every record of the ledger that a page could change, in one order. */
  records(): Promise<readonly unknown[]>
}
