import { Socket } from 'zeromq';

/** Sockets that are being bound. */
const bindings = new WeakMap<object, Promise<void>>();

const prototype = Socket.prototype as unknown as { receive: (this: object) => Promise<Buffer[]> };
const { receive } = prototype;
// A socket takes no property of its own, and the inherited one cannot be assigned.
Object.defineProperty(prototype, 'receive', {
  configurable: true,
  value(this: object): Promise<Buffer[]> {
    return bindings.get(this)?.then(() => receive.call(this)) ?? receive.call(this);
  },
});

/**
 * Lets what is received from a socket wait until the socket is bound. zeromq takes a message from a port that is open already, but refuses to
 * be asked for the next one before `bind` has come back: on a busy machine the loop over the first requests ended there.
 * @param binding what `bind` returned
 */
export function receiveOnceBound(socket: object, binding: Promise<void>): void {
  const bound = binding.then(
    () => void bindings.delete(socket),
    () => void bindings.delete(socket), // whoever called `bind` hears of it
  );
  bindings.set(socket, bound);
}
