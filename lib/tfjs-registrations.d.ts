// The JavaScript is bundled from tfjs-core by kernel-config/setup/build.mjs; it has side effects only.
export {};
