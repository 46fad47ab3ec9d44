import type { SimplifyImages } from '../simplify/simplify-images.js';
import { type Lesson, openLesson } from './lesson.js';
import { layerExercises } from './part-3-layer.js';
import { networkExercises } from './part-3-network.js';
import type { Part3Session } from './part-3-session.js';
import type { WorkshopData } from './workshop-data.js';

/** The checks of part 3, 'simplify'. */
export function part3(data: WorkshopData, images: SimplifyImages): Lesson<Part3Session> {
  return openLesson<Part3Session>([...layerExercises, ...networkExercises], { data, images });
}
