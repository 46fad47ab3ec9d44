/**
 * The part of Plotly's JSON that figures are made of. Plotly's own types lack some of what Plotly draws (subtitles,
 * references to the container) and ask for more than it needs.
 */

type Numbers = readonly (number | null)[];
type OneOrMany<T> = T | readonly T[];
type Colour = string;

/** Family, size in pixels and colour; one or one per mark. */
export interface Font {
  readonly family?: string;
  readonly size?: number;
  readonly color?: OneOrMany<Colour>;
  readonly weight?: number | string;
}

export interface Line {
  readonly color?: OneOrMany<Colour>;
  readonly width?: OneOrMany<number>;
  readonly dash?: string;
  readonly shape?: string;
}

export interface Marker {
  readonly color?: OneOrMany<Colour>;
  readonly size?: OneOrMany<number>;
  readonly symbol?: OneOrMany<string>;
  readonly opacity?: OneOrMany<number>;
  readonly line?: Line;
  readonly pattern?: object;
}

/** Bars of error, symmetrical or (`arrayminus`) not. */
export interface ErrorBars {
  readonly type: 'data';
  readonly array: Numbers;
  readonly arrayminus?: Numbers;
  readonly symmetric?: boolean;
  readonly visible?: boolean;
  readonly color?: Colour;
  readonly thickness?: number;
  readonly width?: number;
}

export interface ColourBar {
  readonly title?: { readonly text: string; readonly side?: 'top' | 'right' | 'bottom'; readonly font?: Font };
  readonly tickfont?: Font;
  readonly tickformat?: string;
  readonly tickmode?: string;
  readonly tickvals?: Numbers;
  readonly ticktext?: readonly string[];
  readonly nticks?: number;
  readonly thickness?: number;
  readonly outlinewidth?: number;
  readonly len?: number;
  readonly lenmode?: string;
  readonly orientation?: 'h' | 'v';
  readonly x?: number;
  readonly xanchor?: string;
  readonly xpad?: number;
  readonly y?: number;
  readonly yanchor?: string;
  readonly ypad?: number;
}

interface AnyTrace {
  readonly name?: string;
  readonly legendgroup?: string;
  readonly showlegend?: boolean;
  readonly visible?: boolean | 'legendonly';
  readonly xaxis?: string;
  readonly yaxis?: string;
  readonly x?: readonly (number | string | null)[];
  readonly y?: readonly (number | string | null)[];
  readonly customdata?: readonly unknown[];
  readonly hoverinfo?: string;
  readonly hovertemplate?: OneOrMany<string>;
  readonly text?: OneOrMany<string | number> | readonly (readonly (string | number)[])[];
  readonly texttemplate?: string;
  readonly textposition?: OneOrMany<string>;
  readonly textfont?: Font;
}

export interface ScatterTrace extends AnyTrace {
  readonly type: 'scatter';
  readonly mode: string;
  readonly line?: Line;
  readonly marker?: Marker;
  readonly error_x?: ErrorBars;
  readonly error_y?: ErrorBars;
  readonly fill?: string;
  readonly fillcolor?: Colour;
  readonly connectgaps?: boolean;
  readonly cliponaxis?: boolean;
}

export interface BarTrace extends AnyTrace {
  readonly type: 'bar';
  readonly orientation?: 'h' | 'v';
  readonly marker?: Marker;
  readonly width?: OneOrMany<number>;
  readonly base?: OneOrMany<number>;
  readonly offset?: OneOrMany<number>;
  readonly offsetgroup?: string;
  readonly error_x?: ErrorBars;
  readonly error_y?: ErrorBars;
  readonly cliponaxis?: boolean;
  readonly insidetextanchor?: string;
  readonly constraintext?: string;
}

export interface HeatmapTrace extends AnyTrace {
  readonly type: 'heatmap';
  readonly z: readonly Numbers[];
  readonly zmin?: number;
  readonly zmax?: number;
  readonly zmid?: number;
  readonly colorscale?: readonly (readonly [number, Colour])[];
  readonly colorbar?: ColourBar;
  readonly showscale?: boolean;
  readonly hoverongaps?: boolean;
  readonly opacity?: number;
  readonly x0?: number;
  readonly dx?: number;
  readonly y0?: number;
  readonly dy?: number;
  readonly xgap?: number;
  readonly ygap?: number;
}

/** What is drawn. */
export type Trace = ScatterTrace | BarTrace | HeatmapTrace;

export interface Axis {
  readonly title?: { readonly text: string; readonly font?: Font; readonly standoff?: number };
  readonly domain?: readonly number[];
  readonly anchor?: string;
  readonly overlaying?: string;
  readonly matches?: string;
  readonly side?: string;
  readonly type?: string;
  readonly range?: Numbers;
  readonly rangemode?: string;
  readonly autorange?: boolean | 'reversed';
  readonly scaleanchor?: string;
  readonly scaleratio?: number;
  readonly constrain?: string;
  readonly fixedrange?: boolean;
  readonly visible?: boolean;
  readonly showgrid?: boolean;
  readonly showline?: boolean;
  readonly showticklabels?: boolean;
  readonly gridcolor?: Colour;
  readonly gridwidth?: number;
  readonly linecolor?: Colour;
  readonly linewidth?: number;
  readonly zeroline?: boolean;
  readonly zerolinecolor?: Colour;
  readonly zerolinewidth?: number;
  readonly ticks?: string;
  readonly ticklen?: number;
  readonly tickcolor?: Colour;
  readonly tickfont?: Font;
  readonly tickformat?: string;
  readonly tickmode?: string;
  readonly tickvals?: Numbers;
  readonly ticktext?: readonly string[];
  readonly tickangle?: number;
  readonly ticksuffix?: string;
  readonly tickprefix?: string;
  readonly nticks?: number;
  readonly tick0?: number;
  readonly dtick?: number | string;
  readonly exponentformat?: string;
  readonly minor?: object;
  readonly categoryorder?: string;
  /** Names in full where the labels are cut: see class-axis.ts. */
  readonly categoryarray?: readonly string[];
  readonly automargin?: boolean;
  readonly layer?: string;
}

/** Words at a place. */
export interface Annotation {
  readonly text: string;
  readonly x?: number;
  readonly xref?: string;
  readonly xanchor?: string;
  readonly xshift?: number;
  readonly y?: number;
  readonly yref?: string;
  readonly yanchor?: string;
  readonly yshift?: number;
  readonly ax?: number;
  readonly ay?: number;
  readonly align?: string;
  readonly valign?: string;
  readonly showarrow?: boolean;
  readonly arrowhead?: number;
  readonly arrowwidth?: number;
  readonly arrowcolor?: Colour;
  readonly textangle?: number;
  readonly width?: number;
  readonly font?: Font;
  readonly bgcolor?: Colour;
  readonly borderpad?: number;
}

/** A line or an area. */
export interface Shape {
  readonly type: string;
  readonly xref?: string;
  readonly yref?: string;
  readonly x0?: number;
  readonly x1?: number;
  readonly y0?: number;
  readonly y1?: number;
  readonly path?: string;
  readonly xanchor?: number;
  readonly yanchor?: number;
  readonly xsizemode?: string;
  readonly ysizemode?: string;
  readonly line?: Line;
  readonly fillcolor?: Colour;
  readonly opacity?: number;
  readonly layer?: string;
}

/** A picture. */
export interface LayoutImage {
  readonly source: string;
  readonly xref: string;
  readonly yref: string;
  readonly x: number;
  readonly y: number;
  readonly sizex: number;
  readonly sizey: number;
  readonly xanchor?: string;
  readonly yanchor?: string;
  readonly sizing?: string;
  readonly layer?: string;
  readonly opacity?: number;
}

export interface Legend {
  readonly orientation?: 'h' | 'v';
  readonly traceorder?: string;
  readonly x?: number;
  readonly xref?: string;
  readonly xanchor?: string;
  readonly y?: number;
  readonly yref?: string;
  readonly yanchor?: string;
  readonly font?: Font;
  readonly bgcolor?: Colour;
  readonly itemsizing?: string;
  readonly itemwidth?: number;
  readonly title?: object;
}

export interface FigureTitle {
  readonly text: string;
  readonly subtitle?: { readonly text: string; readonly font?: Font };
  readonly font?: Font;
  readonly x?: number;
  readonly xref?: string;
  readonly xanchor?: string;
  readonly y?: number;
  readonly yref?: string;
  readonly yanchor?: string;
  readonly pad?: { readonly l: number; readonly r: number; readonly t: number; readonly b: number };
}

/** Where and how it is drawn. Axes are called `xaxis`, `xaxis2`, … */
export interface FigureLayout {
  width?: number;
  height?: number;
  autosize?: boolean;
  margin?: { readonly l: number; readonly r: number; readonly t: number; readonly b: number; readonly pad?: number };
  paper_bgcolor?: Colour;
  plot_bgcolor?: Colour;
  font?: Font;
  title?: FigureTitle;
  hoverlabel?: object;
  hovermode?: string | false;
  dragmode?: string | false;
  showlegend?: boolean;
  legend?: Legend;
  barmode?: string;
  bargap?: number;
  bargroupgap?: number;
  annotations?: readonly Annotation[];
  shapes?: readonly Shape[];
  images?: readonly LayoutImage[];
  [axis: `xaxis${string}`]: Axis;
  [axis: `yaxis${string}`]: Axis;
}
