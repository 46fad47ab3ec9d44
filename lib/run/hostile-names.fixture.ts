/** Names as a hostile label file, folder or model might hold them. What runs sets `window.pwned` or calls alert. */
export const HOSTILE_NAMES: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u001b[31mred\u001b[0m\u0007',
  'x'.repeat(10240),
  '<a href="javascript:alert(1)">cat</a>',
  '$\\href{javascript:alert(1)}{y}$',
  '%{customdata} %{x}',
  '&lt;b&gt;bold&lt;/b&gt;',
  'line\nbreak\u2028\u202etxt',
  '',
  '</script><script>window.pwned=1</script><!--',
  `'><svg/onload=window.pwned=2>`,
  '</style></title></textarea></pre><iframe src="javascript:parent.pwned=3">',
  '<a href="https://example.invalid/a">out</a> <style>*{display:none}</style>',
  '[cat](javascript:window.pwned=4) ![dog](https://example.invalid/i.png) `${window.pwned=5}`',
  '\u001b]0;title\u0007\u001b]8;;https://example.invalid\u001b\\link\u001b]8;;\u001b\\\u001b[2J\u009b31m\rback',
  'nul\u0000byte\u202e\u2066gnp.exe',
  '../../../../tmp/outside',
  '..\\..\\outside',
  '/etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '=HYPERLINK("https://example.invalid")',
  '+1',
  '-2+3',
  '@SUM(1)',
  '&#x3c;img src=x onerror=window.pwned=6&#x3e;',
  '\ud800 half a character',
  '{{constructor.constructor("window.pwned=7")()}}',
];

/** The same strings replaced everywhere in a result that is plain data, where the key is one of those given. */
export function withHostileNames<T>(result: T, keys: readonly string[]): T {
  const taken = new Map<string, string>();
  const hostile = (name: string) => {
    if (!taken.has(name)) taken.set(name, HOSTILE_NAMES[taken.size % HOSTILE_NAMES.length]!);
    return taken.get(name)!;
  };
  const change = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return keys.includes(key) ? hostile(value) : value;
    if (Array.isArray(value)) return value.map((item) => change(item, key));
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change(item, name)]));
  };
  return change(result, '') as T;
}
