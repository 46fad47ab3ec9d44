/** Per-channel input normalisation: (value / 255 − mean) / std, in RGB order. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The mean and deviation that CNNSplitter and GradSplitter use everywhere (spec cnnsplitter §2.0). */
export const IMAGENET_NORMALISATION: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Labelled images as bytes. Plain data; treat it as read-only. */
export interface ImageSet {
  /** Pixels 0–255, NHWC, `size · height · width · channels` bytes. */
  readonly pixels: Uint8Array;
  /** Class index of every image. */
  readonly labels: Int32Array;
  /** [height, width, channels] of one image. */
  readonly imageShape: readonly [number, number, number];
  readonly classNames: readonly string[];
  /** Applied when the images become a tensor. */
  readonly normalisation: Normalisation;
}

/** A named data set: `train` to fit and tune on, `test` to be looked at once at the end. */
export interface Dataset {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Where the images came from: file name → sha256, or the renderer's version and seed. For manifests. */
  readonly provenance: Readonly<Record<string, string>>;
}
