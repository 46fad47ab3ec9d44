import assert from 'node:assert/strict';
import http from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openBackend } from '../../../lib/backend/open-backend.js';
import { synthetic } from '../../../lib/datasets/synthetic.js';
import { resNetCifar } from '../../../lib/models/architectures/res-net-cifar.js';
import { gallery } from '../../../lib/plot/gallery/gallery.js';
import { table } from '../../../lib/plot/tables/table.js';
import { NO_BROWSER, openBrowser, openPage } from '../../../lib/plot/testing/headless-browser.fixture.js';
import { type DisplayItem, setDisplayTarget } from '../../../lib/run/display-target.js';
import { FigurePage } from './figure-page.js';

const HOSTILE = '</script><img src=x onerror="document.title=\'taken\'">\x1b[2J\u2028';

let page: FigurePage;
beforeEach(() => (page = new FigurePage()));
afterEach(() => page.close());

interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function get(url: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    request.on('error', reject).end();
  });
}

/** Opens the page as a browser would. */
async function enter(): Promise<{ base: string; cookie: string }> {
  const address = await page.address();
  const { status, headers } = await get(address);
  assert.equal(status, 303);
  const [given] = headers['set-cookie']!;
  assert.match(given, /; HttpOnly; SameSite=Strict$/);
  const base = new URL(address).origin + headers.location!;
  assert.ok(given.includes(`Path=${headers.location}`), 'the cookie goes to no other local server');
  return { base, cookie: given.split(';')[0] };
}

const figure = (title: string): DisplayItem => ({
  kind: 'figure',
  title,
  text: title,
  figure: {
    data: [{ type: 'bar', name: title, x: [title, 'b'], y: [1, 2] }],
    layout: { width: 500, height: 300, title: { text: title } },
  },
});
/** What a table shows at the prompt. */
function hostileTable(): DisplayItem {
  const shown: DisplayItem[] = [];
  setDisplayTarget((item) => void shown.push(item));
  table([{ [HOSTILE]: HOSTILE, f1: 0.5 }]).show();
  setDisplayTarget(null);
  return { ...shown[0], title: HOSTILE };
}

describe('the page of figures, over HTTP', () => {
  test('an address opens it once; everything else asks for the cookie', async () => {
    const id = page.add(figure('a figure'));
    const address = await page.address();
    const { base, cookie } = await enter();
    const { origin } = new URL(base);
    const places = ['', 'events', 'page.mjs', 'plotly.js', `items/${id}.json`];
    for (const place of places) {
      for (const wrong of [
        {},
        { cookie: `${cookie}x` },
        { cookie: cookie.slice(0, -1) },
        { cookie: 'modulab-figures=' },
      ]) {
        assert.equal((await get(base + place, wrong)).status, 403, place);
      }
    }
    assert.equal((await get(address)).status, 303);
    assert.equal((await get(address)).status, 403, 'a second time, from another browser');
    assert.equal((await get(address, { cookie })).status, 303, 'again from the same');
    assert.equal((await get(`${origin}/`, { cookie })).status, 404);
    assert.equal((await get(`${base}../../etc/passwd`, { cookie })).status, 404);
    assert.equal((await get(`${base}items/99.json`, { cookie })).status, 404);
    assert.equal((await get(base, { cookie }, 'POST')).status, 405);
    assert.equal((await get(base, { cookie, host: 'evil.example' })).status, 403);
    assert.equal((await get(base, { cookie, 'sec-fetch-site': 'same-site' })).status, 403, 'another local server');
    assert.equal((await get(base, { cookie, 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await get(base, { cookie, 'sec-fetch-site': 'none' })).status, 200);
    const { body } = await get(`${base}items/${id}.json`, { cookie });
    assert.deepEqual((JSON.parse(body) as { data: { type: string }[] }).data[0].type, 'bar');
  });

  test('its policy lets in nothing but its own scripts', async () => {
    const { base, cookie } = await enter();
    const { headers, body } = await get(base, { cookie });
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.doesNotMatch(body, /https?:\/\//, 'nothing is loaded from elsewhere');
    page.add({ kind: 'page', title: 'p', text: 'p', html: () => '<p>x</p><script>own()</script>' });
    const frame = await get(`${base}items/1.html`, { cookie });
    const own = String(frame.headers['content-security-policy']);
    assert.match(own, /script-src 'sha256-[^']+' 'sha256-[^']+';/);
    assert.match(own, /sandbox allow-scripts$/);
  });

  test('names are escaped, and titles cannot break the stream of events', async () => {
    const { base, cookie } = await enter();
    page.add(hostileTable());
    page.add(figure(HOSTILE));
    const { body } = await get(`${base}items/1.html`, { cookie });
    assert.doesNotMatch(body, /<img/);
    const events = new Promise<string>((resolve) => {
      http.get(`${base}events`, { headers: { cookie } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve(text));
      });
    });
    while (page.viewers === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    page.add(figure('third\n\nevent: end'));
    page.close();
    const lines = (await events).split('\n').filter((line) => line.startsWith('event: '));
    assert.deepEqual(lines, ['event: item', 'event: item', 'event: item', 'event: end']);
  });

  test('only the latest hundred items are kept', async () => {
    for (let i = 0; i < 105; i++) page.add(figure(`figure ${i}`));
    const { base, cookie } = await enter();
    assert.equal((await get(`${base}items/5.json`, { cookie })).status, 404);
    assert.equal((await get(`${base}items/6.json`, { cookie })).status, 200);
  });

  test('after the prompt it answers nothing', async () => {
    const { base, cookie } = await enter();
    page.close();
    await assert.rejects(get(base, { cookie }), /ECONNREFUSED|ECONNRESET|hang up/);
  });
});

test('in a browser: figures appear as they are shown, hostile names do nothing', { skip: NO_BROWSER }, async () => {
  await openBackend({ quiet: true });
  page.add(hostileTable());
  page.add(figure(HOSTILE));
  const browser = await openBrowser();
  const watched = await openPage(browser);
  const { page: tab, complaints, foreign, dialogs } = watched;
  // Not waitForFunction: the page's security policy forbids what that does.
  const until = async (expression: string) => {
    const end = Date.now() + 240_000;
    while (!(await tab.evaluate<boolean>(expression))) {
      assert.ok(Date.now() < end, `never: ${expression}`);
      await tab.waitForTimeout(50);
    }
  };
  try {
    const drawn = (count: number) => `document.querySelectorAll('article[data-drawn]').length === ${count}`;
    await tab.goto(await page.address());
    await until(drawn(2));
    page.add(figure('the newest'));
    const script = "document.getElementById('x').textContent = 'ran'";
    page.add({ kind: 'page', title: 'own page', text: '', html: () => `<p id="x"></p><script>${script}</script>` });
    await until(drawn(4));
    assert.equal(
      await tab.evaluate<string>('document.querySelectorAll("article .main-svg").length > 1'),
      true,
      'Plotly has drawn',
    );
    assert.match(
      await tab.evaluate<string>('document.querySelector("article:nth-child(3) > p").textContent'),
      /^3 · the newest/,
    );
    assert.equal(await tab.evaluate<string>('document.title'), 'modulab figures');
    assert.equal(await tab.evaluate<string>('document.querySelectorAll("article img").length'), 0);
    await until('document.querySelector("iframe").height < 200');
    await watched.screenshot('figure-page');

    // A gallery to decide on, in its frame, and on its own, where it is as much locked in.
    const model = resNetCifar(8, { width: 1 / 16 });
    const { train } = synthetic({ trainPerClass: 1, testPerClass: 1, seed: 1 });
    setDisplayTarget((item) => void page.add(item));
    const asked = await gallery(model, 'conv0', train, { imagesPerClass: 1, classes: [0, 1] });
    setDisplayTarget(null);
    await until(drawn(5));
    const base = await tab.evaluate<string>('location.href');
    await tab.goto(`${base}items/1.html`);
    assert.match(await tab.evaluate<string>('document.querySelector("td").textContent'), /<img src=x/);
    await tab.click('th');
    assert.equal(await tab.evaluate<string>('document.querySelector("th").ariaSort'), 'ascending', 'its scripts run');
    assert.equal(await tab.evaluate<string>('document.title'), '');
    await tab.goto(`${base}items/5.html`);
    await until('document.querySelector(".mg-confirm")');
    assert.equal(await tab.evaluate<string>('self.origin'), 'null');
    await tab.click('.mg-row input[type=checkbox]');
    await tab.click('.mg-confirm');
    assert.deepEqual((await asked.decision({ timeLimit: 60 })).dropped, [0]);

    await tab.goto(await page.address());
    await until(drawn(5));
    // The gallery, drawn anew, asks the server that took its decision, which has gone since.
    const unexpected = complaints.filter((text) => !/ERR_CONNECTION_REFUSED \(http:.*\/decision\)$/.test(text));
    assert.deepEqual([unexpected, foreign, dialogs], [[], [], []]);
    page.close();
    await until('document.getElementById("state").classList.contains("lost")');
  } finally {
    await browser.close();
  }
});
