import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const locate = createRequire(__filename);

/** What jSquash's decoders are, after their WebAssembly has been given to them. */
type Decode = (bytes: ArrayBuffer) => Promise<{ width: number; height: number; data: Uint8ClampedArray } | null>;

/**
 * A decoder of jSquash, loaded when the first picture of its format comes: it would fetch its WebAssembly from an address,
 * here it is given the file.
 * @param load imports the package's decoder
 * @param file of the WebAssembly in the package
 */
export function wasmDecoder(
  load: () => Promise<{ init: (module: WebAssembly.Module) => Promise<void>; default: unknown }>,
  file: string,
): Decode {
  let loaded: Promise<Decode> | undefined;
  return async (bytes) => {
    loaded ??= load().then(async ({ init, default: decode }) => {
      await init(await WebAssembly.compile(await readFile(locate.resolve(file))));
      return decode as Decode;
    });
    return (await loaded)(bytes);
  };
}
