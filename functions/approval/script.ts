import { FORMS, LANGUAGE } from './moment.ts'

/**
 * All that a page's script does: it writes moments in the reader's time zone, and fetches a page that is live again. A page
 * with a form is never live, so nothing moves under a finger or while somebody types. A page that cannot be fetched stays as
 * it was, and is fetched again five seconds later.
 */
export const SCRIPT = `
const forms = ${JSON.stringify(FORMS)}
const localize = () => {
  for (const time of document.querySelectorAll('time[data-form]'))
    time.textContent = new Intl.DateTimeFormat('${LANGUAGE}', forms[time.dataset.form]).format(new Date(time.dateTime))
  for (const zone of document.querySelectorAll('[data-zone]'))
    zone.textContent = new Intl.DateTimeFormat().resolvedOptions().timeZone
}
const refresh = async () => {
  const answer = await fetch(location.href, { cache: 'no-store' })
  if (!answer.ok) return
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const [from, to] = [document.querySelector('main'), next.querySelector('main')]
  for (const { id } of from.querySelectorAll('details[open]')) next.getElementById(id)?.setAttribute('open', '')
  const focused = from.contains(document.activeElement) ? document.activeElement.id : ''
  const told = from.querySelector('h1').textContent
  document.title = next.title
  from.replaceWith(to)
  localize()
  if (focused) document.getElementById(focused)?.focus()
  const tells = to.querySelector('h1').textContent
  if (tells !== told) document.querySelector('[role=status]').textContent = tells
}
localize()
const watch = () => setTimeout(async () => {
  if (!document.querySelector('main[data-live]')) return
  if (!document.hidden) await refresh().catch(() => {})
  watch()
}, 5000)
watch()
`
