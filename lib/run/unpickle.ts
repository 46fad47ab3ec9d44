import { ModelError } from '../errors.js';
import { shortened } from '../printable.js';

/** A class or function that a pickle names. It is a name here and nothing else: nothing is imported or called. */
export class PickledName {
  constructor(readonly name: string) {}
}

/** What a pickle makes by calling one of the names that are allowed. */
export class PickledCall {
  constructor(
    readonly name: string,
    readonly args: readonly unknown[],
    /** What BUILD gave it, e.g. an object's attributes. */
    readonly state: unknown = null,
  ) {}
}

/** A reference to something outside the pickle: PyTorch's storages. */
export class PickledReference {
  constructor(readonly id: unknown) {}
}

/** What a pickle may name: the makers of tensors, containers, numbers and settings. All are read as data. */
const ALLOWED = new Set([
  'collections.OrderedDict',
  'collections.defaultdict',
  'collections.Counter',
  'collections.deque',
  'builtins.set',
  '__builtin__.set',
  'builtins.frozenset',
  'builtins.dict',
  'builtins.list',
  'builtins.int',
  'builtins.slice',
  'builtins.complex',
  'argparse.Namespace',
  'pathlib.Path',
  'pathlib.PosixPath',
  'pathlib.WindowsPath',
  'datetime.datetime',
  'datetime.timedelta',
  '_codecs.encode',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
  'numpy.core.numeric._frombuffer',
  'numpy._core.numeric._frombuffer',
  'torch.Size',
  'torch.device',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch.nn.parameter.Parameter',
  'torch.serialization._get_layout',
  'lightning_fabric.utilities.data.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint',
  'pytorch_lightning.callbacks.early_stopping.EarlyStopping',
]);
const ALLOWED_KINDS =
  /^torch\.(?:\w+Storage|storage\.\w+Storage|(?:float|int|uint|bfloat|complex)\d+|bool|strided|contiguous_format)$/;

const MARK = Symbol('mark');

/** What a pickle says. */
export interface Unpickled {
  readonly value: unknown;
  /** First byte behind it. */
  readonly end: number;
  /** Everything outside that it refers to. */
  readonly references: readonly PickledReference[];
}

/**
 * Reads a pickle (protocols 0 to 5) as data: dictionaries become `Map`s, tuples and lists arrays, and what it would call
 * becomes a {@link PickledCall}. Nothing is run, and names other than tensors and containers are refused.
 * @param start first byte; the result tells where the pickle ends
 * @param what for messages
 * @throws ModelError
 */
export function unpickle(bytes: Buffer, start: number, what: string): Unpickled {
  return new Unpickler(bytes, start, what).run();
}

/** A pickle names something that is neither tensor nor container. */
export class ForbiddenName extends ModelError {
  constructor(
    message: string,
    readonly pickledName: string,
  ) {
    super(message);
  }
}

class Unpickler {
  #at: number;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #references: PickledReference[] = [];

  constructor(
    private readonly bytes: Buffer,
    start: number,
    private readonly what: string,
  ) {
    this.#at = start;
  }

  run(): Unpickled {
    for (;;) {
      const opcode = this.#byte();
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#at, references: this.#references }; // STOP
      this.#step(opcode);
    }
  }

  #fail(message: string): never {
    throw new ModelError(`${this.what}: ${message}`);
  }

  #take(length: number): Buffer {
    const from = this.#at;
    if (!(length >= 0) || from + length > this.bytes.length) {
      this.#fail(`its pickle is cut short at byte ${this.bytes.length}: ${length} more were expected.`);
    }
    this.#at += length;
    return this.bytes.subarray(from, this.#at);
  }

  #byte(): number {
    return this.#at < this.bytes.length ? this.bytes.readUInt8(this.#at++) : this.#take(1).readUInt8();
  }

  #line(encoding: 'utf8' | 'latin1' = 'utf8'): string {
    const end = this.bytes.indexOf(0x0a, this.#at);
    if (end < 0) this.#fail('its pickle is cut short: a line has no end.');
    const line = this.bytes.toString(encoding, this.#at, end);
    this.#at = end + 1;
    return line;
  }

  #length(bytes: 1 | 4 | 8): number {
    const part = this.#take(bytes);
    return bytes === 8 ? Number(part.readBigUInt64LE()) : bytes === 4 ? part.readUInt32LE() : part.readUInt8();
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) this.#fail(`its pickle is damaged at byte ${this.#at}: the stack is empty.`);
    return this.#stack.pop();
  }

  #top(): unknown {
    if (this.#stack.length === 0) this.#fail(`its pickle is damaged at byte ${this.#at}: the stack is empty.`);
    return this.#stack[this.#stack.length - 1];
  }

  #sinceMark(): unknown[] {
    const from = this.#stack.lastIndexOf(MARK);
    if (from < 0) this.#fail(`its pickle is damaged at byte ${this.#at}: a mark is missing.`);
    const items = this.#stack.splice(from);
    items.shift();
    return items;
  }

  #setItems(target: unknown, items: readonly unknown[]): void {
    const into = target instanceof Map ? target : null;
    if (!into && !(target instanceof PickledCall)) this.#fail('its pickle sets items of something that holds none.');
    for (let i = 0; i + 1 < items.length; i += 2) into?.set(items[i], items[i + 1]);
  }

  #append(target: unknown, items: readonly unknown[]): void {
    if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (!(target instanceof PickledCall)) this.#fail('its pickle appends to something that is no list.');
  }

  #named(module: string, name: string): PickledName {
    const full = `${module}.${name}`;
    if (!ALLOWED.has(full) && !ALLOWED_KINDS.test(full)) {
      throw new ForbiddenName(
        `${this.what}: its pickle names '${shortened(full, 80)}', which is neither a tensor nor a container.`,
        full,
      );
    }
    return new PickledName(full);
  }

  #call(callable: unknown, args: unknown): unknown {
    if (!(callable instanceof PickledName) || !Array.isArray(args)) {
      return this.#fail('its pickle calls something that is no name.');
    }
    switch (callable.name) {
      case 'collections.OrderedDict':
      case 'collections.defaultdict':
      case 'collections.Counter':
      case 'builtins.dict':
      case 'lightning_fabric.utilities.data.AttributeDict':
      case 'lightning.fabric.utilities.data.AttributeDict':
      case 'pytorch_lightning.utilities.parsing.AttributeDict': {
        const [items] = args as unknown[];
        const pairs = Array.isArray(items)
          ? items.filter((pair): pair is [unknown, unknown] => Array.isArray(pair))
          : [];
        return new Map(pairs);
      }
      case '_codecs.encode': {
        // How Python 3 writes bytes in the protocols of Python 2.
        const [text, encoding] = args as unknown[];
        return typeof text === 'string' && encoding === 'latin1'
          ? Buffer.from(text, 'latin1')
          : new PickledCall(callable.name, args);
      }
      case 'builtins.list':
      case 'collections.deque':
      case 'builtins.set':
      case '__builtin__.set':
      case 'torch.Size':
        return Array.isArray(args[0]) ? [...(args[0] as unknown[])] : [];
      default:
        return new PickledCall(callable.name, args);
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        if (this.#take(1).readUInt8() > 5) this.#fail('its pickle is of a protocol later than 5.');
        return;
      case 0x95: // FRAME
        this.#take(8);
        return;
      case 0x28: // MARK
        return this.#push(MARK);
      case 0x30: // POP
        this.#pop();
        return;
      case 0x31: // POP_MARK
        this.#sinceMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x49: {
        // INT
        const text = this.#line();
        return this.#push(text === '00' ? false : text === '01' ? true : Number(text));
      }
      case 0x4a: // BININT
        return this.#push(this.#take(4).readInt32LE());
      case 0x4b: // BININT1
        return this.#push(this.#take(1)[0]);
      case 0x4d: // BININT2
        return this.#push(this.#take(2).readUInt16LE());
      case 0x4c: // LONG
        return this.#push(Number(this.#line().replace(/L$/, '')));
      case 0x8a: // LONG1
        return this.#push(wholeNumber(this.#take(this.#length(1))));
      case 0x8b: // LONG4
        return this.#push(wholeNumber(this.#take(this.#length(4))));
      case 0x46: // FLOAT
        return this.#push(Number(this.#line()));
      case 0x47: // BINFLOAT
        return this.#push(this.#take(8).readDoubleBE());
      case 0x53: // STRING
        return this.#push(this.#line().slice(1, -1));
      case 0x54: // BINSTRING
        return this.#push(this.#take(this.#length(4)).toString('latin1'));
      case 0x55: // SHORT_BINSTRING
        return this.#push(this.#take(this.#length(1)).toString('latin1'));
      case 0x42: // BINBYTES
        return this.#push(this.#take(this.#length(4)));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#take(this.#length(1)));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(this.#take(this.#length(8)));
      case 0x56: // UNICODE
        return this.#push(unescaped(this.#line('latin1')));
      case 0x58: // BINUNICODE
        return this.#push(this.#take(this.#length(4)).toString('utf8'));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#take(this.#length(1)).toString('utf8'));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#take(this.#length(8)).toString('utf8'));
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
      case 0x8f: // EMPTY_SET
        return this.#push([]);
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x6c: // LIST
      case 0x74: // TUPLE
      case 0x91: // FROZENSET
        return this.#push(this.#sinceMark());
      case 0x85: // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return this.#push(Array.from({ length: opcode - 0x84 }, () => this.#pop()).reverse());
      case 0x64: {
        // DICT
        const items = this.#sinceMark();
        const map = new Map();
        this.#setItems(map, items);
        return this.#push(map);
      }
      case 0x73: {
        // SETITEM
        const [value, key] = [this.#pop(), this.#pop()];
        return this.#setItems(this.#top(), [key, value]);
      }
      case 0x75: {
        // SETITEMS
        const items = this.#sinceMark();
        return this.#setItems(this.#top(), items);
      }
      case 0x61: {
        // APPEND
        const item = this.#pop();
        return this.#append(this.#top(), [item]);
      }
      case 0x65: // APPENDS
      case 0x90: {
        // ADDITEMS
        const items = this.#sinceMark();
        return this.#append(this.#top(), items);
      }
      case 0x70: // PUT
        return void this.#memo.set(Number(this.#line()), this.#top());
      case 0x71: // BINPUT
        return void this.#memo.set(this.#length(1), this.#top());
      case 0x72: // LONG_BINPUT
        return void this.#memo.set(this.#length(4), this.#top());
      case 0x94: // MEMOIZE
        return void this.#memo.set(this.#memo.size, this.#top());
      case 0x67: // GET
        return this.#recall(Number(this.#line()));
      case 0x68: // BINGET
        return this.#recall(this.#length(1));
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#length(4));
      case 0x63: // GLOBAL
        return this.#push(this.#named(this.#line(), this.#line()));
      case 0x93: {
        // STACK_GLOBAL
        const [name, module] = [this.#pop(), this.#pop()];
        return this.#push(this.#named(String(module), String(name)));
      }
      case 0x52: {
        // REDUCE
        const args = this.#pop();
        return this.#push(this.#call(this.#pop(), args));
      }
      case 0x81: {
        // NEWOBJ
        const args = this.#pop();
        return this.#push(this.#call(this.#pop(), args));
      }
      case 0x62: {
        // BUILD
        const state = this.#pop();
        const target = this.#pop();
        if (target instanceof PickledCall) return this.#push(new PickledCall(target.name, target.args, state));
        return this.#push(target); // attributes of a dictionary: PyTorch's _metadata
      }
      case 0x50: // PERSID
        return this.#refer(this.#line());
      case 0x51: // BINPERSID
        return this.#refer(this.#pop());
      default:
        this.#fail(`its pickle has the operation 0x${opcode.toString(16)} at byte ${this.#at - 1}, which is not read.`);
    }
  }

  #refer(id: unknown): void {
    const reference = new PickledReference(id);
    this.#references.push(reference);
    this.#push(reference);
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) this.#fail(`its pickle is damaged: there is no memory ${index}.`);
    this.#push(this.#memo.get(index));
  }
}

/** A text of protocol 0, whose letters beyond Latin-1 are written by their numbers. */
const unescaped = (line: string): string =>
  line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, four: string, eight: string) => {
    const point = parseInt(four ?? eight, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });

/** Two's complement, little-endian; exact up to 2^53. */
function wholeNumber(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return Number(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}
