import type { KernelGallery } from './kernel-gallery.js';
import type { GalleryView, ShowGallery } from './open-gallery.js';

/** A designer that is a program: keeps what the rule says of every gallery that asks, and remembers what it was shown. */
export function scriptedDesigner(
  rule: (gallery: KernelGallery) => string | readonly number[],
  reason = 'scripted',
): { show: ShowGallery; seen: GalleryView[] } {
  const seen: GalleryView[] = [];
  return {
    seen,
    show(view) {
      seen.push(view);
      view.asks?.decide(rule(view.gallery), reason);
    },
  };
}
