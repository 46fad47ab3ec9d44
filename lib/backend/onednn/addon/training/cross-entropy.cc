#include "training/cross-entropy.h"

#include <cmath>

namespace modulab {

void crossEntropyBlock(const ImageVector* logits, int64_t classes, const int32_t* labels, int64_t images, int64_t batch,
                       double& loss, int64_t& hits, ImageVector* gradient) {
  for (int64_t c = 0; c < classes; c++) gradient[c] = ImageVector{};
  for (int64_t i = 0; i < images; i++) {
    const auto logit = [&](int64_t c) { return static_cast<double>(logits[c][i]); };
    int64_t predicted = 0;
    double largest = -INFINITY;
    for (int64_t c = 0; c < classes; c++) {
      // NaN stays, as it does in Math.max.
      if (!(logit(c) <= largest)) largest = std::isnan(largest) ? largest : logit(c);
      if (logit(c) > logit(predicted)) predicted = c;
    }
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) sum += std::exp(logit(c) - largest);
    const double logSum = largest + std::log(sum);
    for (int64_t c = 0; c < classes; c++) {
      const double logProbability = logit(c) - logSum, target = c == labels[i] ? 1 : 0;
      loss -= logProbability * target;
      gradient[c][i] = static_cast<float>((std::exp(logProbability) - target) / static_cast<double>(batch));
    }
    if (predicted == labels[i]) hits++;
  }
}

}  // namespace modulab
