/**
 * Makes the columns of every modulab table on a page sortable by a click or by Enter, again for the other direction. It stands behind
 * every table, since any cell may be the only one that is run; the first one on a page does the work for all. Viewers that run no
 * scripts drop it and show the table as it is.
 */
const SCRIPT = `(()=>{const w=window,S='table.modulab-table';
const ready=()=>{for(const th of document.querySelectorAll(S+' thead th:not([tabindex])')){th.tabIndex=0;th.style.cursor='pointer';th.title='sort';}};
if(!w.modulabTables){w.modulabTables=ready;const sort=(e)=>{const th=e.composedPath().find((n)=>n.matches&&n.matches(S+' thead th'));
if(!th||(e.type==='keydown'&&e.key!=='Enter'))return;const heads=[...th.parentNode.children],c=heads.indexOf(th),body=th.closest('table').tBodies[0];
const value=(tr)=>{const td=tr.cells[c],t=td.dataset.value??td.textContent,n=Number(t.replace(/^[\\u2212]/,'-').replace(/^\\+/,''));return t==='n/a'||t===''?null:Number.isNaN(n)?t:n;};
const rows=[...body.rows].map((tr)=>[value(tr),tr]),numeric=rows.every(([v])=>v===null||typeof v==='number');
const now=th.getAttribute('aria-sort'),up=now?now!=='ascending':!numeric;
for(const h of heads)h.removeAttribute('aria-sort');th.setAttribute('aria-sort',up?'ascending':'descending');
rows.sort(([a],[b])=>a===null?(b===null?0:1):b===null?-1:(up?1:-1)*(numeric?a-b:String(a).localeCompare(String(b),undefined,{numeric:true})));
body.append(...rows.map(([,tr])=>tr));};
for(const type of ['click','keydown'])document.addEventListener(type,sort);}
w.modulabTables();})();`;

/** The script element that belongs behind a table. */
export const TABLE_SORTING = `<script>${SCRIPT.replace(/\n/g, '')}</script>\n`;
