import { OptionError } from '../errors.js';

/**
 * Mersenne Twister MT19937, seeded and read as numpy's legacy `RandomState(seed)` does, so that published splits
 * reproduce bit for bit (spec cnnsplitter §2.0). It is also the generator behind every other random choice here.
 */
export class MT19937 {
  private readonly key = new Uint32Array(624);
  private pos = 624;
  private spareNormal: number | null = null;

  /** @param seed unsigned 32-bit integer, used with the plain `init_genrand` initialisation. */
  constructor(seed: number) {
    checkSeed(seed);
    this.key[0] = seed;
    for (let i = 1; i < 624; i++) {
      const s = this.key[i - 1]! ^ (this.key[i - 1]! >>> 30);
      this.key[i] = (Math.imul(1812433253, s) + i) >>> 0;
    }
  }

  /** The generator's whole state as plain data, for checkpoints. */
  saveState(): Mt19937State {
    return { key: Array.from(this.key), pos: this.pos, spareNormal: this.spareNormal };
  }

  /** Goes on from a state saved by {@link saveState}. */
  restoreState(state: Mt19937State): void {
    this.key.set(state.key);
    this.pos = state.pos;
    this.spareNormal = state.spareNormal;
  }

  /** Next uniform 32-bit unsigned integer. */
  nextUint32(): number {
    if (this.pos === 624) this.refill();
    let y = this.key[this.pos++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1) with 53 random bits (numpy `random_sample`). */
  nextDouble(): number {
    const a = this.nextUint32() >>> 5;
    const b = this.nextUint32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /**
   * Uniform integer in [0, max], by masking and rejection (numpy legacy `random_interval`).
   * @throws OptionError when max is no whole number from 0 to 2^32 − 1
   */
  nextInterval(max: number): number {
    if (!isUint32(max)) {
      throw new OptionError(`random interval: expected a largest value from 0 to 4294967295, got ${max}.`);
    }
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    let value = (this.nextUint32() & mask) >>> 0;
    while (value > max) value = (this.nextUint32() & mask) >>> 0;
    return value;
  }

  /** Standard normal deviate (numpy legacy polar method; the pair's second value is kept for the next call). */
  nextNormal(): number {
    if (this.spareNormal !== null) {
      const value = this.spareNormal;
      this.spareNormal = null;
      return value;
    }
    let x1: number, x2: number, r2: number;
    do {
      x1 = 2 * this.nextDouble() - 1;
      x2 = 2 * this.nextDouble() - 1;
      r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1 || r2 === 0);
    const f = Math.sqrt((-2 * Math.log(r2)) / r2);
    this.spareNormal = f * x1;
    return f * x2;
  }

  /** Shuffles in place, last position first (numpy legacy `shuffle`). */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.nextInterval(i);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  /** A random order of 0..n-1 (numpy legacy `permutation(n)`). */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }

  private refill(): void {
    const k = this.key;
    for (let i = 0; i < 624; i++) {
      const y = (k[i]! & 0x80000000) | (k[(i + 1) % 624]! & 0x7fffffff);
      k[i] = k[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.pos = 0;
  }
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

function checkSeed(seed: number): void {
  if (!isUint32(seed)) throw new OptionError(`seed: expected a whole number from 0 to 4294967295, got ${seed}.`);
}

export interface Mt19937State {
  key: number[];
  pos: number;
  spareNormal: number | null;
}

/**
 * A generator for one named purpose, independent of the others drawn from the same seed: adding a new purpose does
 * not change what the existing ones yield.
 * @param seed the run's seed
 * @param purpose e.g. 'shuffle/epoch-3'
 * @throws OptionError when the seed is no unsigned 32-bit integer
 */
export function seedStream(seed: number, purpose: string): MT19937 {
  checkSeed(seed);
  // FNV-1a over the purpose, then a 32-bit finaliser over both; MT19937's own seeding spreads the bits further.
  let h = 0x811c9dc5;
  for (let i = 0; i < purpose.length; i++) h = Math.imul(h ^ purpose.charCodeAt(i), 0x01000193);
  h = (h ^ Math.imul(seed ^ (seed >>> 16), 0x85ebca6b)) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return new MT19937((h ^ (h >>> 16)) >>> 0);
}
