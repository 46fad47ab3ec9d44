/** What a table holds in one place. */
export type Cell = string | number | boolean | null | undefined;
