/// <reference lib="dom" />

/** What the page of a gallery is made of; plain JSON. */
export interface KernelGalleryData {
  readonly title: string;
  readonly units: number;
  /** Class of every image, in order. */
  readonly classes: readonly string[];
  readonly map: { readonly height: number; readonly width: number; readonly sprite: string };
  readonly input: { readonly height: number; readonly width: number; readonly sprite: string };
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly peaks: readonly number[];
  /** Per unit: what its near-duplicate is, or that no map shows it; may be empty. */
  readonly notes: readonly string[];
  readonly scores: readonly {
    readonly label: string;
    readonly values: readonly number[];
    readonly texts: readonly string[];
  }[];
  readonly palette: readonly (readonly number[])[];
  readonly endpoint: { readonly url: string; readonly token: string };
  readonly call: string;
  readonly user: string;
}

/** Builds the gallery in the element of that id; every text is set as text, never as HTML. */
export default function kernelGallery(id: string, data: KernelGalleryData): void {
  const root = document.getElementById(id)!;
  const make = <Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    properties: Partial<HTMLElementTagNameMap[Tag]> = {},
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[Tag] => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const load = (source: string) =>
    new Promise<HTMLImageElement>((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => reject(new Error('picture'));
      image.src = source;
    });
  const pixelsOf = (image: HTMLImageElement) => {
    const canvas = make('canvas', { width: image.naturalWidth, height: image.naturalHeight });
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };

  const build = (maps: ImageData, inputs: ImageData) => {
    const { units, classes, map, input, low, high } = data;
    const tile = 32;
    const starts: number[] = [];
    let width = 0;
    classes.forEach((name, i) => {
      width += i === 0 ? 0 : classes[i - 1] === name ? 1 : 6;
      starts.push(width);
      width += tile;
    });
    const [layerLow, layerHigh] = [Math.min(...low), Math.max(...high)];
    let kept = Array.from({ length: units }, () => true);
    const history: boolean[][] = [];

    // One row per kernel: check-box, number, score, peak, maps.
    const option = (text: string, checked: boolean) => {
      const box = make('input', { type: 'checkbox', checked });
      return { box, label: make('label', {}, box, ` ${text}`) };
    };
    const [own, inverted, overlaid] = [
      option('each kernel on its own scale', true),
      option('invert', false),
      option('over the image', false),
    ];
    const order = make('select', { title: 'order of the kernels' }, make('option', { value: '-1' }, 'by number'));
    data.scores.forEach(({ label }, i) => order.append(make('option', { value: `${i}` }, `by ${label}, best first`)));
    data.scores.forEach(({ label }, i) =>
      order.append(make('option', { value: `${-2 - i}` }, `by ${label}, worst first`)),
    );
    const rows = Array.from({ length: units }, (_, unit) => {
      const box = make('input', { type: 'checkbox', checked: true });
      box.dataset.unit = `${unit}`;
      const canvas = make('canvas', { width, height: tile });
      const score = make('span', { className: 'mg-score' });
      const note = make('span', { className: 'mg-note' }, data.notes[unit] ?? '');
      const peak = make(
        'span',
        { className: 'mg-peak', title: "share of the layer's largest activation" },
        `${Math.round(100 * data.peaks[unit]!)} %`,
      );
      const row = make('label', { className: 'mg-row' }, box, make('b', {}, `${unit}`), score, peak, note, canvas);
      box.onchange = () => change(kept.map((old, other) => (other === unit ? box.checked : old)));
      return { row, box, canvas, score };
    });
    const head = make('div', { className: 'mg-row mg-head' }, make('span', {}, 'keep'), make('b', {}, 'no.'));
    const [scoreHead, picture, names] = [
      make('span', { className: 'mg-score' }),
      make('canvas', { width, height: tile }),
      make('div', { className: 'mg-names' }),
    ];
    names.style.width = `${width}px`;
    classes.forEach((name, i) => {
      if (i > 0 && classes[i - 1] === name) return;
      const shown = make('span', { title: name }, name);
      const count = classes.filter((other, j) => other === name && j >= i).length;
      Object.assign(shown.style, { left: `${starts[i]}px`, width: `${count * (tile + 1) + 4}px` });
      names.append(shown);
    });
    head.append(
      scoreHead,
      make('span', { className: 'mg-peak' }, 'peak'),
      make('span', { className: 'mg-note' }),
      make('div', {}, names, picture),
    );
    const list = make('div', { className: 'mg-list' }, head, ...rows.map(({ row }) => row));

    const paint = (
      canvas: HTMLCanvasElement,
      colour: (image: number, x: number, y: number, to: Uint8ClampedArray, at: number) => void,
    ) => {
      const context = canvas.getContext('2d')!;
      const pixels = context.createImageData(canvas.width, canvas.height);
      starts.forEach((start, image) => {
        for (let y = 0; y < tile; y++) {
          for (let x = 0; x < tile; x++) {
            const at = 4 * (y * canvas.width + start + x);
            colour(image, x / tile, y / tile, pixels.data, at);
            pixels.data[at + 3] = 255;
          }
        }
      });
      context.putImageData(pixels, 0, 0);
    };
    const inputAt = (image: number, x: number, y: number) =>
      4 * (Math.floor(y * input.height) * inputs.width + image * input.width + Math.floor(x * input.width));
    const draw = () => {
      rows.forEach(({ canvas }, unit) => {
        const [least, most] = [low[unit]!, high[unit]!]; // one per kernel
        const [from, to] = own.box.checked ? [least, most] : [layerLow, layerHigh];
        paint(canvas, (image, x, y, pixels, at) => {
          const place =
            4 *
            ((unit * map.height + Math.floor(y * map.height)) * maps.width +
              image * map.width +
              Math.floor(x * map.width));
          const value = least + ((most - least) * maps.data[place]!) / 255;
          let level = to > from ? (value - from) / (to - from) : 0;
          if (inverted.box.checked) level = 1 - level;
          if (overlaid.box.checked) {
            // The image in grey, orange over it where the kernel is active.
            const source = inputAt(image, x, y);
            const [red, green, blue] = [inputs.data[source]!, inputs.data[source + 1]!, inputs.data[source + 2]!];
            const grey = (red + green + blue) / 5;
            const alpha = 0.9 * Math.max(0, Math.min(1, level));
            [255, 130, 0].forEach((marked, c) => (pixels[at + c] = (1 - alpha) * grey + alpha * marked));
          } else pixels.set(data.palette[Math.max(0, Math.min(255, Math.round(255 * level)))]!, at); // of 256
        });
      });
    };
    const sort = () => {
      const choice = Number(order.value);
      const criterion = data.scores[choice >= 0 ? choice : -2 - choice]; // none by number, which is -1
      const shown = criterion ?? data.scores[0];
      scoreHead.textContent = shown ? 'score' : '';
      scoreHead.title = shown?.label ?? '';
      rows.forEach(({ score }, unit) => (score.textContent = shown?.texts[unit] ?? ''));
      const sorted = rows.map(({ row }, unit) => ({ row, unit, value: criterion?.values[unit] ?? 0 }));
      const sign = choice < -1 ? 1 : -1;
      sorted.sort((a, b) => sign * (a.value - b.value) || a.unit - b.unit);
      list.append(...sorted.map(({ row }) => row));
    };

    const heading = make('b');
    const line = make('code', { className: 'mg-line' });
    const copy = make('button', { type: 'button', textContent: 'Copy' });
    const byHand = make(
      'div',
      { className: 'mg-hand', hidden: true },
      'The notebook cannot be reached from this page. Run this line in a cell of its own instead: ',
      line,
      ' ',
      copy,
    );
    const status = make('span', { className: 'mg-status' });
    status.setAttribute('role', 'status');
    const reason = make('textarea', {
      rows: 2,
      placeholder: 'Why? E.g. which maps are flat, noisy or double',
      maxLength: 4000,
    });
    const user = make('input', { type: 'text', placeholder: 'decided by', value: data.user, maxLength: 100 });
    const confirm = make('button', {
      type: 'button',
      className: 'mg-confirm',
      textContent: 'Confirm: keep the ticked kernels',
    });
    const button = (text: string, act: () => void) =>
      make('button', { type: 'button', textContent: text, onclick: act });
    const undo = button('Undo', () => {
      const last = history.pop();
      if (last) show(last);
    });
    const keptUnits = () => kept.flatMap((keeps, unit) => (keeps ? [unit] : []));
    const ranges = () => {
      const runs: [number, number][] = [];
      for (const unit of keptUnits()) {
        const last = runs[runs.length - 1];
        if (last && unit === last[1] + 1) last[1] = unit;
        else runs.push([unit, unit]);
      }
      return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
    };
    const tell = () => {
      const count = keptUnits().length;
      heading.textContent = `${data.title}: ${count} of ${units} kept`;
      line.textContent = `${data.call}('${ranges()}', ${JSON.stringify(reason.value)})`;
      undo.disabled = history.length === 0;
      confirm.disabled = count === 0;
    };
    const show = (next: boolean[]) => {
      kept = next;
      rows.forEach(({ row, box }, unit) => {
        box.checked = kept[unit] === true;
        row.classList.toggle('mg-dropped', !box.checked);
      });
      tell();
    };
    const change = (next: boolean[]) => {
      history.push(kept);
      show(next);
    };
    const send = async (body: object): Promise<{ ok?: true; error?: string } | null> => {
      try {
        const response = await fetch(data.endpoint.url, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ token: data.endpoint.token, ...body }),
        });
        return (await response.json()) as { ok?: true; error?: string };
      } catch {
        return null;
      }
    };
    const done = (text: string) => {
      status.textContent = text;
      byHand.hidden = true;
      root.querySelectorAll<HTMLInputElement>('input, button, textarea').forEach((control) => {
        if (![own.box, inverted.box, overlaid.box].includes(control)) control.disabled = true;
      });
    };
    confirm.onclick = async () => {
      confirm.disabled = true;
      status.textContent = 'Sending …';
      const answer = await send({ kept: keptUnits(), reason: reason.value, user: user.value });
      if (answer?.ok) return done(`Done: the notebook has the choice, ${keptUnits().length} of ${units} kernels kept.`);
      status.textContent = answer ? `Not accepted: ${answer.error}` : '';
      byHand.hidden = answer !== null;
      tell();
    };
    copy.onclick = () => {
      const selection = getSelection();
      selection?.selectAllChildren(line);
      navigator.clipboard?.writeText(line.textContent ?? '').catch(() => undefined);
    };
    reason.oninput = tell;
    for (const { box } of [own, inverted, overlaid]) box.onchange = draw;
    order.onchange = sort;
    // What is typed here is no shortcut of the notebook's.
    root.addEventListener('keydown', (event) => event.stopPropagation());
    root.dataset.lmSuppressShortcuts = 'true';

    root.replaceChildren(
      make(
        'div',
        { className: 'mg-bar' },
        heading,
        button('All', () => change(kept.map(() => true))),
        button('None', () => change(kept.map(() => false))),
        undo,
      ),
      make('div', { className: 'mg-bar' }, order, own.label, inverted.label, overlaid.label),
      list,
      make('div', { className: 'mg-bar' }, reason, user, confirm, status),
      byHand,
    );
    root.classList.toggle(
      'mg-unnoted',
      data.notes.every((note) => note === ''),
    );
    paint(picture, (image, x, y, pixels, at) => {
      const from = inputAt(image, x, y);
      pixels.set(inputs.data.subarray(from, from + 3), at);
    });
    show(kept);
    sort();
    draw();
    void send({ ping: true }).then((answer) => {
      byHand.hidden = answer !== null;
      if (answer?.error) status.textContent = `This gallery is closed (${answer.error}).`;
    });
  };
  void Promise.all([load(data.map.sprite), load(data.input.sprite)])
    .then(([maps, inputs]) => build(pixelsOf(maps), pixelsOf(inputs)))
    .catch((error: unknown) => root.append(make('p', {}, `The gallery cannot be shown: ${String(error)}`)));
}
