import type { Normalisation } from '../../datasets/dataset.js';
import type * as tf from '../../tf.js';
import type { Network } from './network.js';

/** A file that is to be opened. */
export interface ModelFile {
  /** As the caller named it, for messages; files beside it are found from it. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** What a reader has to say beside the network. Plain data, sentences without a full stop. */
export interface ReadingNotes {
  /** The format as people call it, e.g. 'Keras 3 .keras'. */
  readonly format: string;
  /** The program that wrote the file, with its version, where the file says so. */
  readonly writtenBy: string | null;
  /** What is in the file and not in the model, because it does nothing when images are classified: dropout, optimizer state. */
  readonly dropped: readonly string[];
  /** What the model does in another way than the file says, with equal answers: nested models flattened, channels moved last. */
  readonly changed: readonly string[];
  /** The loss it was trained with, in snake case, where the file says so: tells logits from other numbers. */
  readonly loss?: string | null;
  /** Names of the models that were inside the model: they may tell what it was built on. */
  readonly opened?: readonly string[];
}

/** What a reader makes of a file. */
export interface ReadModel {
  /** The network as data, from which `loadModel` builds the model, or a model that is ready. */
  readonly network: Network | tf.LayersModel;
  /** How images are to be normalised, where the file says so. */
  readonly normalisation: Normalisation | null;
  /** One per class, where a file says them. */
  readonly classNames: readonly string[] | null;
  readonly notes: ReadingNotes;
  /** Contents of all files that were read, in that order, for the digest. */
  readonly files: readonly Buffer[];
}

/** What the caller says of the model. */
export interface ReadingOptions {
  /** [height, width] of the images, for networks of any size. */
  readonly imageSize?: readonly [number, number];
  /** torchvision's or timm's name of the network, where a file holds weights alone. */
  readonly architecture?: string;
}

/** One file format of models or weights: a line of the table `MODEL_FORMATS`. */
export interface ModelFormat {
  /** As people call it, for messages. */
  readonly name: string;
  /** In lower case, with the dot. */
  readonly endings: readonly string[];
  /** Whether its files hold weights alone, so that {@link ReadingOptions.architecture} says something new. */
  readonly weightsAlone?: boolean;
  /** Whether the bytes are this format's, whatever the file is called. */
  recognises(file: ModelFile): boolean;
  /**
   * Reads a file whose content it recognises, or whose ending is one of its own when no format recognises the content.
   * @throws ModelError naming the file, what was expected and what was found
   */
  read(file: ModelFile, options: ReadingOptions): Promise<ReadModel>;
}
