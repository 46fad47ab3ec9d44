import fs from 'node:fs';
import path from 'node:path';

/** The energy counters that a processor keeps of itself and its memory (RAPL), as Linux shows them. */
export interface EnergyCounters {
  /** Names of what is counted, e.g. 'package-0', 'dram'. */
  readonly domains: readonly string[];
  /** Joules since the counters were opened. A counter may wrap once between two calls. */
  joules(): number;
}

/**
 * Opens the counters of packages and memory.
 * @param root where Linux shows them; usually only the administrator may read them
 * @returns null where there is no counter that can be read
 */
export function openEnergyCounters(root = '/sys/class/powercap'): EnergyCounters | null {
  const counters = zonesOf(root).flatMap((zone) => {
    try {
      const read = (file: string) => fs.readFileSync(path.join(root, zone, file), 'utf8').trim();
      const name = read('name');
      const range = Number(read('max_energy_range_uj'));
      const microjoules = () => Number(read('energy_uj'));
      if (!/^(package|dram)/.test(name) || !(range > 0) || !Number.isFinite(microjoules())) return [];
      return [{ name, range, microjoules, last: microjoules() }];
    } catch {
      return []; // not readable, or not there any more
    }
  });
  if (counters.length === 0) return null;
  let total = 0;
  return {
    domains: counters.map(({ name }) => name),
    joules() {
      for (const counter of counters) {
        const now = counter.microjoules();
        total += (now >= counter.last ? now - counter.last : now + counter.range - counter.last) / 1e6;
        counter.last = now;
      }
      return total;
    },
  };
}

function zonesOf(root: string): string[] {
  try {
    return fs.readdirSync(root).filter((name) => name.startsWith('intel-rapl:'));
  } catch {
    return [];
  }
}
