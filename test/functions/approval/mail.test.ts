import { describe, expect, test } from 'vitest'
import { approval as approvalSchema } from '../../../domain/approval.ts'
import { atTheGate } from '../gate.ts'

async function mailed(asking?: Parameters<typeof atTheGate>[0]) {
  const gate = await atTheGate(asking)
  await gate.begin()
  await gate.mailed()
  return { gate, mails: gate.world.services.mailbox }
}

describe('the mail that asks an approver', () => {
  test('says what changes, who else is asked, until when, and where to decide [P7.1d]', async () => {
    const { gate, mails } = await mailed({ required: 2 })
    const { personalLink } = await import('../../../functions/approval/links.ts')
    const asked = await gate.asked()
    expect(mails[0]?.subject).toBe('Approve v2 of demo for production?')
    expect(mails[0]?.text.split('\n')).toEqual([
      'Ana, release v2 of demo waits for your word before it goes to production.',
      '',
      'What changes:',
      expect.stringMatching(/^ {2}demo-api: sha256:\w{4}…\w\w -> sha256:\w{4}…\w\w$/),
      '',
      'Look and decide here (this link is yours alone; opening it decides nothing):',
      await personalLink(asked, 'Ana'),
      '',
      `2 of 2 must approve; one who rejects ends it. The link ends ${new Date(asked.expiresAt).toUTCString()}.`,
    ])
  })

  test('says how the database changes before, and what the image claims of the way back', async () => {
    const { gate, mails } = await mailed({ approvers: ['Ana'] })
    const { mailLinks } = await import('../../../functions/approval/mail.ts')
    const asked = await gate.asked()
    const of = { base: 'm:1', container: 'migrate', image: 'api', digest: `sha256:${'61b0'.repeat(16)}` }
    const migration = { ...of, onRollback: 'ask', choices: ['keep', 'down'], rollback: 'safe' }
    const approvers = asked.approvers.map(approver => ({ ...approver, link: `${approver.link}2` }))
    await mailLinks(approvalSchema.parse({ ...asked, approvers, question: { ...asked.question, migration } }))
    await gate.mailed()
    expect(mails[1]?.text).toContain(
      'Without a backup, a task of this image migrates the database; the services change once that has ended well. ' +
        'The image (sha256:61b0…b0) says that the version before works with its schema.\n' +
        'What becomes of the database, should a person take this back, is asked on the page.\n',
    )
  })

  test('comes to the one whose link it holds, and to nobody else [P7.1d]', async () => {
    const { gate, mails } = await mailed()
    const { approvers } = await gate.asked()
    expect(mails.map(({ to, text }) => [to, approvers.find(({ link }) => text.includes(link))?.name])).toEqual([
      ['ana@demo.example', 'Ana'],
      ['bo@demo.example', 'Bo'],
    ])
  })

  test('finds its reader though the file writes the address in another case', async () => {
    const { gate } = await mailed()
    const { mailLinks } = await import('../../../functions/approval/mail.ts')
    const asked = await gate.asked()
    const [ana] = asked.approvers
    await mailLinks({ ...asked, approvers: [{ name: 'Ana', email: 'Ana@Demo.Example', link: `${ana?.link}2` }] })
    expect(await gate.mailed()).toEqual(['ana@demo.example', 'bo@demo.example', 'ana@demo.example'])
  })

  test.each([
    ['of a tag as long as ECR allows', 'v'.repeat(128), `Approve ${'v'.repeat(91)}`],
    [
      'of letters that no header takes',
      'v2\r\nBcc: eve@demo.example',
      'Approve v2??Bcc: eve@demo.example of demo for production?',
    ],
  ])('has a subject that SNS takes, %s', async (_, tag, subject) => {
    const { gate, mails } = await mailed({ approvers: ['Ana'] })
    const { mailLinks } = await import('../../../functions/approval/mail.ts')
    const asked = await gate.asked()
    const other = approvalSchema.parse({
      ...asked,
      question: { ...asked.question, tag },
      approvers: asked.approvers.map(approver => ({ ...approver, link: `${approver.link}2` })),
    })
    await mailLinks(other)
    await gate.mailed()
    expect(mails[1]?.subject).toBe(subject)
  })
})
