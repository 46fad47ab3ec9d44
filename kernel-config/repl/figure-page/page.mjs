/// <reference lib="dom" />
// The page beside the prompt: draws every figure and table that the prompt sends, the newest at the end.

/** @typedef {{ id: number, kind: 'figure' | 'picture' | 'page', title: string, text: string, time: string }} Item what the prompt sends of each */

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const list = byId('items');
const state = byId('state');
const seen = new Set();

/** @type {Record<Item['kind'], (place: HTMLElement, item: Item) => Promise<void>>} */
const makers = {
  async figure(place, { id, text }) {
    const { data, layout } = await (await fetch(`items/${id}.json`)).json();
    if (!window.Plotly) throw new Error('Plotly has not been loaded');
    await window.Plotly.newPlot(place, data, layout, {
      displaylogo: false,
      responsive: false,
      typesetMath: false,
      showSendToCloud: false,
    });
    place.setAttribute('role', 'img');
    place.setAttribute('aria-label', text);
  },
  async picture(place, { id, text }) {
    const image = document.createElement('img');
    image.alt = text;
    image.src = `items/${id}.png`;
    place.append(image);
    await image.decode();
  },
  // Tables, and pages to decide on: in a document of its own, whose scripts reach nothing of this one.
  async page(place, { id, title }) {
    const frame = document.createElement('iframe');
    frame.title = title;
    frame.sandbox.value = 'allow-scripts';
    frame.src = `items/${id}.html`;
    // Its document says how high it is.
    window.addEventListener('message', ({ source, data }) => {
      if (source === frame.contentWindow && Number.isFinite(data))
        frame.height = String(Math.min(1200, Math.max(80, data)));
    });
    place.append(frame);
  },
};

/** @param {Item} item */
function add(item) {
  if (seen.has(item.id)) return;
  seen.add(item.id);
  const card = document.createElement('article');
  card.id = `item-${item.id}`;
  const heading = document.createElement('p');
  heading.textContent = `${item.id} · ${item.title} · ${item.time}`;
  const place = document.createElement('div');
  card.append(heading, place);
  list.append(card);
  makers[item.kind](place, item)
    .catch((error) => {
      place.textContent = `${item.text} (${error.message})`;
    })
    .then(() => {
      card.dataset.drawn = 'true';
      card.scrollIntoView({ block: 'end' });
    });
}

/** @param {string} text */
function say(text, lost = false) {
  state.textContent = text;
  state.classList.toggle('lost', lost);
}

const events = new EventSource('events');
events.addEventListener('open', () => say('live'));
events.addEventListener('item', (event) => add(JSON.parse(event.data)));
events.addEventListener('end', () => {
  events.close();
  say('the prompt has ended; the figures stay until you close this page', true);
});
events.addEventListener('error', () => {
  if (events.readyState !== EventSource.CLOSED) say('the prompt cannot be reached; trying again …', true);
});
