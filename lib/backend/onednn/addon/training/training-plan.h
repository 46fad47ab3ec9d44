#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "image-block/block-convolution.h"
#include "image-block/block-map.h"
#include "process/state.h"
#include "training/batch-normalisation.h"
#include "training/training-program.h"
#include "training/weight-gradient.h"

namespace modulab {

/** One batch, with places for what comes out. */
struct TrainingBatch {
  int64_t images;
  const float* x;
  /** Class of every image; one that is none counts 0. */
  const int32_t* labels;
  /** Two per step: kernel and bias, or gamma and beta; null where the step has none. */
  std::vector<const float*> weights;
  /** The gradients of those that are trained; null for the others. */
  std::vector<float*> gradients;
  /** Two per batch norm: mean and biased variance, which are written, or read where they are fixed. */
  std::vector<float*> moments;
  /** Of steps that mask; null for the others. */
  std::vector<const float*> masks;
};

struct TrainingLoss {
  /** Mean softmax cross-entropy. */
  double loss;
  /** Images whose largest logit, the first of equals, is their label's. */
  int64_t hits;
};

/**
 * Forward and backward pass of one step of training in float32, with images beside each other in memory: see ImageVector.
 * Threads divide the blocks of images, or weights; what comes out does not depend on how many there are.
 */
class TrainingPlan {
 public:
  explicit TrainingPlan(TrainingProgram program);

  const TrainingProgram& program() const { return program_; }
  TrainingLoss run(const TrainingBatch& batch);

 private:
  /** What a thread works on: a block or some blocks, or a unit. */
  struct Work {
    int64_t first, count;
    ImageVector* scratch;
  };
  using Task = std::function<void(const Work&)>;

  /** Tasks that every part of the work goes through one after the other; all parts are done before the next segment begins. */
  struct Segment {
    /** `whole`: one part, which divides its work itself. */
    enum class Division { blocks, someBlocks, units, whole } division;
    int64_t units;
    std::vector<Task> tasks;
  };

  /** Memory for a gradient of a map. Several values may have the same. */
  struct Slot {
    BlockMap map;
    size_t first, last, offset;
    int owners;
  };

  /** A convolution or dense layer. */
  struct Weighted {
    size_t step;
    std::unique_ptr<BlockConvolution> forward, backward;
    std::unique_ptr<WeightGradient> gradient;
    /** What every block gives to the gradients of kernel and bias, where they are not computed at once. */
    std::vector<float> kernelShares;
    std::vector<double> biasShares;
    bool hasKernelShares;
  };

  void readMaps();
  void planForward();
  void planStep(size_t number);
  void planWeighted(size_t number);
  void planLoss();
  void planBackward();
  void planStepGradient(size_t number);
  void planWeightedGradient(size_t number, int gradient);
  void planNormGradient(size_t number, int gradient);
  void planShares();
  /** Lays out memory for so many blocks. */
  void provide(int64_t blocks);

  /** Adds work on every block. `isSmall`: on several at once. Gives the number of its segment. */
  size_t overBlocks(bool isSmall, Task task);
  /** The same, of one block at a time. */
  size_t overEachBlock(bool isSmall, std::function<void(int64_t block)> task);
  size_t overUnits(int64_t units, Task task);
  size_t whole(Task task);
  /** Calls work(part, thread) for every part, on all threads. */
  void eachPart(int64_t parts, const std::function<void(int64_t part, size_t thread)>& work) const;
  ImageVector* scratchOf(size_t thread) const { return scratchData_ + thread * static_cast<size_t>(scratchVectors_); }
  int64_t imagesOf(int64_t block) const;

  ImageVector* map(size_t number, int64_t block) const;
  ImageVector* gradient(int slot, int64_t block) const;
  int newSlot(const BlockMap& map);
  void touch(int slot, size_t segment);
  /** The gradient of a value, after its activation's: to be read, with the border that it needs. */
  int takeGradient(size_t value, bool isRelu);
  /** Makes a slot the value's gradient, or adds it to what is there already. */
  void giveGradient(size_t value, int slot);
  /** Adds work that writes a new gradient, of the value's layout, from one that is there. */
  void giveFrom(size_t value, int from, bool isSmall,
                std::function<void(const ImageVector* from, const BlockMap& to, ImageVector* out, int64_t block)> compute);
  bool isSmall(size_t value) const;

  TrainingProgram program_;
  /** Of values, and behind them of masks; as their readers need them. */
  std::vector<BlockMap> maps_;
  /** By value: the least that its gradient's layout has. */
  std::vector<BlockMap> gradientMaps_;
  std::vector<bool> needsGradient_;
  /** By step: the number of its mask's map. */
  std::vector<size_t> maskOf_;
  std::vector<Weighted> weighted_;
  std::vector<size_t> weightedOf_;
  /** By step; null but for batch norms. */
  std::vector<std::unique_ptr<BatchNormalisation>> norms_;
  std::vector<Segment> segments_;
  std::vector<Slot> slots_;
  /** By value, while gradients are planned: its slot, or -1. */
  std::vector<int> slotOf_;
  /** Of every thread, and of all together. */
  int64_t scratchVectors_ = 1, sharedVectors_ = 0;

  /** Blocks that there is memory for, and those of this batch. */
  int64_t capacity_ = 0, blocks_ = 0;
  std::vector<size_t> offsets_;
  Scratch mapMemory_, gradientMemory_, scratchMemory_;
  ImageVector* mapData_ = nullptr;
  char* gradientData_ = nullptr;
  ImageVector *scratchData_ = nullptr, *sharedData_ = nullptr;
  const TrainingBatch* batch_ = nullptr;
  TrainingLoss loss_{};
};

}  // namespace modulab
