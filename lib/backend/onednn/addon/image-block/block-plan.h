#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "memory/buffer-places.h"
#include "plans/plan-program.h"
#include "image-block/block-convolution.h"
#include "image-block/block-map.h"

namespace modulab {

/**
 * A program made ready to compute blocks of kBlockImages images in float32. Large maps are computed block by block, so that they
 * stay in the caches; from where maps are small and kernels many, some blocks go together.
 */
class BlockPlan {
 public:
  /** @param given kernels and biases, two per step; null where there are none. Read here only. */
  BlockPlan(const PlanProgram& program, const std::vector<const float*>& given);

  /** Whether it is the better way for so many images: enough to fill lanes, with maps that stay in the caches. */
  static bool suits(const PlanProgram& program, int64_t images);

  /** Bytes that one thread needs beside inputs, weights and outputs. */
  size_t arenaBytes() const { return arenaBytes_; }
  /** Bytes of its kernels. */
  size_t bytes() const;
  /**
   * Computes on the calling thread; several may at once, each with an arena of its own.
   * @param count of images, at most kJointBlocks * kBlockImages
   * @param checked whether values are looked at after every step
   * @returns false where a value came out that is not finite, or near overflow; the outputs are then undefined
   */
  bool run(char* arena, const float* images, int64_t count, const std::vector<float*>& outputs, bool checked) const;

 private:
  /** One thread's call of a step. */
  struct Call {
    char* arena;
    /** The block that is computed, or the first of several. */
    int64_t block, blocks;
  };

  void surroundMaps(const PlanProgram& program);
  void placeMaps(const PlanProgram& program);
  void prepare(const PlanProgram& program, size_t number, const std::vector<const float*>& given);
  /** Computes the step, writes its border and gives it back where it is an output. */
  bool runStep(size_t number, const Call& call, int64_t count, const std::vector<float*>& outputs, bool checked) const;
  /** Where the call's first block of a value lies. */
  ImageVector* at(const Call& call, int32_t value) const;

  std::vector<BlockMap> maps_;
  /** The first step that all blocks go through together. */
  size_t firstJoint_ = 0;
  /** By value: whether every block has its own place. */
  std::vector<bool> isKept_;
  std::vector<BufferPlace> buffers_;
  std::vector<std::unique_ptr<BlockConvolution>> convolutions_;
  std::vector<std::function<void(const Call&)>> steps_;
  /** By value: the outputs that it is. */
  std::vector<std::vector<size_t>> outputsOf_;
  size_t scratchOffset_ = 0, arenaBytes_ = 0;
};

}  // namespace modulab
