/**
 * Whether tests do all that they can: in continuous integration, and at `npm test -- --all`. Otherwise those are left out that take long and
 * go again over what others show in small.
 */
export const THOROUGH = Boolean(process.env.CI || process.env.MODULAB_TEST_ALL);

/** Why such a test is skipped; false where it is not. */
export const ONLY_THOROUGH = THOROUGH ? false : 'npm test -- --all and .ci/run run it';
