// One small search with workers and a race, for tests that kill it:
//   node search-run.fixture.js CHECKPOINT WORKERS
// Prints the result as one line of JSON, without times.
import { openBackend } from '../../backend/open-backend.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { synthetic } from '../../datasets/synthetic.js';
import { weakSimCnnCifar } from '../../models/architectures/weak-sim-cnn.js';
import { selectionToJSON } from '../../surgery/trace/kernel-selection.js';
import { split } from '../split.js';

async function main(): Promise<void> {
  const [checkpoint, workers] = process.argv.slice(2);
  await openBackend({ quiet: true });
  const { validation } = splitTrainValidation(synthetic({ trainPerClass: 50, testPerClass: 1, seed: 8 }).train);
  const { modules, history } = await split(weakSimCnnCifar({ width: 1 / 8, seed: 4 }), validation, {
    preset: 'smoke',
    population: 8,
    elites: 2,
    generations: 8,
    imagesPerClass: null,
    racing: [{ images: 0.4, keep: 0.5 }],
    seed: 3,
    workers: Number(workers),
    checkpoint: checkpoint || undefined,
  });
  const selections = Object.values(modules).map(({ selection }) => selectionToJSON(selection));
  process.stdout.write(JSON.stringify({ selections, history: history.map((r) => ({ ...r, seconds: 0 })) }) + '\n');
}

void main();
