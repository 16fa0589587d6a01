import { html } from 'hono/html'
import type { StageView } from '../view/release-view.ts'
import { errorsTold } from '../view/traffic.ts'
import type { Html } from './page.ts'

/** How the users of each service are shared between green and blue now, and what each of the two answers them. */
export function trafficBars({ traffic = {}, watched }: StageView): Html {
  const shares = Object.entries(traffic)
  if (shares.length === 0) return html``
  return html`<ul class="traffic">${shares.map(([service, share]) => {
    const seen = watched?.services[service]
    return html`<li>
<p id="traffic-${service}">users of <strong>${service}</strong></p>
<progress max="100" value="${share}" aria-labelledby="traffic-${service}">${share} %</progress>
<p class="shares"><span class="green">green ${share} %${seen && html`, ${errorsTold(seen.green)}`}</span> <span class="blue">blue ${100 - share} %${seen?.blue && html`, ${errorsTold(seen.blue)}`}</span></p>
</li>`
  })}</ul>`
}
