/** Ends an evaluation that does not end by itself. */
export class GivenUp extends Error {}
