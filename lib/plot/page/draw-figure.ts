import { DARK_FOR_LIGHT, recoloured } from '../figure/darkened.js';
import { THEMES } from '../figure/theme.js';

/**
 * What a page does for its figures, as the source of a script: `modulabDraw(place, figure)` puts an interactive plot in the place of a
 * figure's picture. A figure in the light theme turns dark where the page behind it is dark (Jupyter's or VS Code's theme, or the
 * viewer's preference on pages that follow it), and again when that changes.
 */
export function drawingSource(): string {
  return (
    `if(!window.modulabDraw){${recoloured.toString()}\n` +
    `const dark=${JSON.stringify(DARK_FOR_LIGHT)},drawn=new Map();` +
    // the first background that is not transparent, from the figure outwards
    'const onDark=(place)=>{for(let node=place;node;node=node.parentElement){' +
    'const c=(getComputedStyle(node).backgroundColor.match(/[\\d.]+/g)||[]).map(Number);' +
    'if(c.length===3||c[3]>0.5)return 0.2126*c[0]+0.7152*c[1]+0.0722*c[2]<128;}' +
    'return /dark/.test(getComputedStyle(document.documentElement).colorScheme)&&wish.matches;};' +
    "const wish=window.matchMedia('(prefers-color-scheme: dark)');" +
    'const draw=(place,figure)=>{drawn.set(place,figure);' +
    `const shown=figure.layout.paper_bgcolor==='${THEMES.light.paper}'&&onDark(place.parentElement)?recoloured(figure,dark):figure;` +
    'place.replaceChildren();' +
    'window.Plotly.newPlot(place,shown.data,shown.layout,{displaylogo:false,showSendToCloud:false,responsive:false,typesetMath:false});};' +
    "wish.addEventListener('change',()=>{for(const [place,figure] of drawn)if(place.isConnected)draw(place,figure);else drawn.delete(place);});" +
    'window.modulabDraw=draw;}'
  );
}
