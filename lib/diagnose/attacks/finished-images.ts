/** What is known of the first images of a set, up to `done`. */
export interface FinishedImages {
  readonly done: number;
  /** Pixel values 0–1. */
  readonly pixels: Float32Array;
  readonly predictedBefore: Int32Array;
  readonly predicted: Int32Array;
  readonly predictedRounded: Int32Array;
  readonly attacked: Uint8Array;
  /** Rounded pixels. */
  readonly bytes: Uint8Array;
}

const PER_IMAGE = ['predictedBefore', 'predicted', 'predictedRounded', 'attacked'] as const;

/**
 * Room for the results of all images.
 * @param count images
 * @param size numbers per image
 */
export function emptyResults(count: number, size: number): FinishedImages & { add: (part: FinishedImages) => void } {
  const results = {
    done: 0,
    pixels: new Float32Array(count * size),
    bytes: new Uint8Array(count * size),
    predictedBefore: new Int32Array(count),
    predicted: new Int32Array(count),
    predictedRounded: new Int32Array(count),
    attacked: new Uint8Array(count),
    /** Appends what is known of the next images. */
    add: (part: FinishedImages): void => {
      for (const name of PER_IMAGE) results[name].set(part[name], results.done);
      results.pixels.set(part.pixels, results.done * size);
      results.bytes.set(part.bytes, results.done * size);
      results.done += part.done;
    },
  };
  return results;
}
