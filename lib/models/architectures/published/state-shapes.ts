import type { NamedTensor } from '../../formats/named-tensor.js';

const NOTHING = new Float32Array(0);

/** Names and shapes of the tensors of a PyTorch network, without their numbers: what its modules would register. */
export class StateShapes {
  readonly tensors = new Map<string, NamedTensor>();

  /** @param kernel side of a square, or [height, width] */
  conv(
    name: string,
    inputs: number,
    filters: number,
    kernel: number | readonly [number, number],
    { groups = 1, bias = false }: { groups?: number; bias?: boolean } = {},
  ): this {
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    return this.#tensor(`${name}.weight`, [filters, inputs / groups, height, width]).#bias(name, filters, bias);
  }

  /** One kernel per channel. */
  depthwise(name: string, channels: number, kernel: number): this {
    return this.conv(name, channels, channels, kernel, { groups: channels });
  }

  batchNorm(name: string, channels: number): this {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) this.#tensor(`${name}.${part}`, [channels]);
    return this;
  }

  linear(name: string, inputs: number, outputs: number): this {
    return this.#tensor(`${name}.weight`, [outputs, inputs]).#bias(name, outputs, true);
  }

  #tensor(name: string, shape: readonly number[]): this {
    this.tensors.set(name, { dtype: 'F32', shape, values: NOTHING });
    return this;
  }

  #bias(name: string, length: number, wanted: boolean): this {
    return wanted ? this.#tensor(`${name}.bias`, [length]) : this;
  }
}
