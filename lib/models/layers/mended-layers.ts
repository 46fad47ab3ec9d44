import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { equalGroups, groupedConv2d, withHoles } from './grouped-conv2d.js';
import { normaliseLayer } from './layer-normalization.js';
import { registeredClass } from './registered-class.js';
import { repeatPlaces, resizeImages } from './resize.js';

// Defects of tfjs-layers 4.22 that give wrong numbers without a word, mended in the classes that it registers.

type Layer<Fields> = tf.layers.Layer & Fields;
type Input = tf.Tensor | tf.Tensor[];
const single = (inputs: Input): tf.Tensor => (Array.isArray(inputs) ? inputs[0] : inputs);
const prototypeOf = <Fields>(className: string): Layer<Fields> =>
  (registeredClass<never, Fields>(className) as unknown as { prototype: Layer<Fields> }).prototype;

/** A method as it is before it is replaced. */
function own<Name extends 'call' | 'getConfig' | 'computeOutputShape'>(
  prototype: tf.layers.Layer,
  name: Name,
): tf.layers.Layer[Name] {
  return Reflect.get(prototype, name);
}

mendLayerNormalization();
mendSeparableConv2D();
mendDepthwiseConv2D();
mendUpSampling2D();
mendResizing();
mendThresholdedReLU();

/** tfjs-layers builds on batch normalisation, which has no gradient without a centre, and tiles everything to full size. */
function mendLayerNormalization(): void {
  interface Fields {
    axis: number[];
    epsilon: number;
    gamma: tf.LayerVariable | null;
    beta: tf.LayerVariable | null;
  }
  prototypeOf<Fields>('LayerNormalization').call = function (this: Layer<Fields>, inputs: Input): tf.Tensor {
    const weightShape = single(inputs).shape.map((size, i) => (this.axis.includes(i) ? size : 1));
    const { axis, epsilon, gamma, beta } = this;
    const weight = (variable: tf.LayerVariable | null) => variable && tf.reshape(variable.read(), weightShape);
    return tf.tidy(() => normaliseLayer(single(inputs), { axis, epsilon }, weight(gamma), weight(beta)));
  };
}

/** tfjs-layers leaves the depth multiplier out of the configuration, so that a saved layer comes back as another one. */
function mendSeparableConv2D(): void {
  const prototype = prototypeOf<{ depthMultiplier: number }>('SeparableConv2D');
  const getConfig = own(prototype, 'getConfig');
  prototype.getConfig = function (this: typeof prototype) {
    return { ...getConfig.call(this), depthMultiplier: this.depthMultiplier };
  };
}

/** tfjs-layers takes no notice of a dilation. */
function mendDepthwiseConv2D(): void {
  interface Fields {
    depthwiseKernel: tf.LayerVariable;
    bias: tf.LayerVariable | null;
    kernelSize: [number, number];
    strides: [number, number];
    padding: 'same' | 'valid';
    dataFormat: string;
    dilationRate: [number, number];
    activation: { apply(x: tf.Tensor): tf.Tensor };
  }
  const prototype = prototypeOf<Fields>('DepthwiseConv2D');
  const call = own(prototype, 'call');
  const outputShape = own(prototype, 'computeOutputShape');
  const isDilated = ({ dilationRate }: Fields) => dilationRate.some((rate) => rate > 1);
  prototype.call = function (this: Layer<Fields>, inputs: Input, kwargs: object) {
    if (!isDilated(this)) return call.call(this, inputs, kwargs);
    const x = single(inputs) as tf.Tensor4D;
    return tf.tidy(() => {
      const kernel = this.depthwiseKernel.read() as tf.Tensor4D;
      const [height, width, channels, multiplier] = kernel.shape;
      const grouped = tf.reshape<tf.Rank.R4>(kernel, [height, width, 1, channels * multiplier]);
      const y = groupedConv2d(
        x,
        withHoles(grouped, this.dilationRate),
        equalGroups(channels, channels, channels * multiplier),
        this.strides,
        this.padding,
      );
      return this.activation.apply(this.bias ? tf.add(y, this.bias.read()) : y);
    });
  };
  prototype.computeOutputShape = function (this: Layer<Fields>, inputShape: tf.Shape | tf.Shape[]) {
    if (!isDilated(this)) return outputShape.call(this, inputShape);
    if (this.dataFormat !== 'channelsLast') {
      throw new ModelError(`Layer ${this.name}: a dilated DepthwiseConv2D must have channels last.`);
    }
    const extent = this.kernelSize.map((size, axis) => (size - 1) * this.dilationRate[axis] + 1);
    return outputShape.call({ ...this, kernelSize: extent } as typeof this, inputShape);
  };
}

/** tfjs resizes bilinearly from the corners, Keras from pixel centres; gradients: see {@link resizeImages}. */
function mendUpSampling2D(): void {
  interface Fields {
    size: [number, number];
    dataFormat: string;
    interpolation: 'nearest' | 'bilinear';
  }
  const prototype = prototypeOf<Fields>('UpSampling2D');
  const call = own(prototype, 'call');
  prototype.call = function (this: Layer<Fields>, inputs: Input, kwargs: object) {
    if (this.dataFormat !== 'channelsLast') return call.call(this, inputs, kwargs);
    const x = single(inputs) as tf.Tensor4D;
    if (this.interpolation === 'nearest') return repeatPlaces(x, this.size);
    return resizeImages(x, [this.size[0] * x.shape[1], this.size[1] * x.shape[2]], 'bilinear');
  };
}

/** tfjs-layers gives the output a shape without a batch, and resizes from the corners. */
function mendResizing(): void {
  interface Fields {
    height: number;
    width: number;
    interpolation: 'nearest' | 'bilinear';
    cropToAspectRatio: boolean;
  }
  const prototype = prototypeOf<Fields>('Resizing');
  prototype.computeOutputShape = function (this: Layer<Fields>, inputShape: tf.Shape | tf.Shape[]) {
    const [batch, , , channels] = inputShape as tf.Shape;
    return [batch, this.height, this.width, channels];
  };
  prototype.call = function (this: Layer<Fields>, inputs: Input) {
    const x = single(inputs) as tf.Tensor4D;
    const [, height, width] = x.shape;
    return tf.tidy(() => {
      let taken = x;
      if (this.cropToAspectRatio) {
        const rows = Math.min(height, Math.floor((width * this.height) / this.width));
        const columns = Math.min(width, Math.floor((height * this.width) / this.height));
        const [top, left] = [Math.floor((height - rows) / 2), Math.floor((width - columns) / 2)];
        taken = tf.slice(x, [0, top, left, 0], [-1, rows, columns, -1]);
      }
      return resizeImages(taken.toFloat(), [this.height, this.width], this.interpolation);
    });
  };
}

/** tfjs-layers compares, which has no gradient. */
function mendThresholdedReLU(): void {
  const prototype = prototypeOf<{ theta: number }>('ThresholdedReLU');
  prototype.call = function (this: typeof prototype, inputs: Input) {
    return tf.tidy(() => tf.mul(single(inputs), tf.step(tf.sub(single(inputs), this.theta))));
  };
}
