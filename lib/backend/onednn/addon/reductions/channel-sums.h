#pragma once
#include <napi.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "arguments.h"
#include "process/threads.h"
#include "simd/lanes.h"

// Sums over the rows of a matrix [rows, channels], and loops over its blocks.
namespace modulab {

/** Lanes that are worked on at once. */
inline constexpr size_t kLanes = 32;

/**
 * A matrix [rows, channels] read as wider rows: `joined` neighbouring rows make one of `width` lanes, lane i of channel
 * i % channels, so that few channels fill registers too. `rest` rows are left over.
 */
struct Matrix {
  size_t rows, channels, joined, width, wideRows, rest;

  Matrix(size_t rowCount, size_t channelCount) : rows(rowCount), channels(channelCount) {
    joined = kLanes / std::gcd(channels, kLanes);
    if (joined * channels > kWidest) joined = 1;
    width = joined * channels;
    wideRows = rows / joined;
    rest = rows % joined;
  }

  static Matrix of(const Napi::CallbackInfo& info) {
    const size_t rows = modulab::size(info[0], "rows"), channels = modulab::size(info[1], "channels");
    if (rows == 0 || channels == 0 || rows > kMost / channels) {
      throw Napi::RangeError::New(info.Env(), "rows, channels: not those of a matrix with elements");
    }
    return {rows, channels};
  }

  size_t size() const { return rows * channels; }
  /** Where the rows that are left over begin. */
  size_t restAt() const { return wideRows * width; }

  /** The values of the channels, for every lane. */
  std::vector<float> spread(const std::vector<float>& channelValues) const {
    std::vector<float> lanes(width);
    for (size_t i = 0; i < width; i++) lanes[i] = channelValues[i % channels];
    return lanes;
  }

 private:
  static constexpr size_t kWidest = 2048, kMost = size_t{1} << 48;
};

/** Rows of `width` elements that fit into the first-level cache, and whose sum float32 holds well. */
inline size_t blockRows(size_t width) { return std::clamp<size_t>(4096 / width, 16, 128); }

/** Calls body(begin, count) for blocks of rows that cover begin … end. */
template <class Body>
void overBlocks(size_t begin, size_t end, size_t width, const Body& body) {
  const size_t step = blockRows(width);
  for (size_t row = begin; row < end; row += step) body(row, std::min(step, end - row));
}

/**
 * Covers a block of rows with calls of body(access, column, first row, end of rows), those of a column from top to
 * bottom.
 */
template <class Body>
void overTiles(size_t rows, size_t width, const Body& body) {
  // Tall tiles of long rows would leave the order in which memory is read fast.
  const size_t step = width <= kLanes ? rows : 4;
  for (size_t row = 0; row < rows; row += step) {
    overLanes(width, [&](auto access, size_t at) { body(access, at, row, std::min(rows, row + step)); });
  }
}

/** Two sums for each of some lanes, over `rows` rows. */
struct Sums {
  explicit Sums(size_t width) : first(width), second(width), blockFirst(width), blockSecond(width) {}

  void clearBlock() {
    std::fill(blockFirst.begin(), blockFirst.end(), 0.0f);
    std::fill(blockSecond.begin(), blockSecond.end(), 0.0f);
  }

  size_t rows = 0;
  std::vector<double> first, second;
  /** Of the rows of one block. */
  std::vector<float> blockFirst, blockSecond;
};

/**
 * Has every piece of a matrix summed by accumulate(sums, first element, rows, width), one piece per thread and one for
 * the rows that are left over; then calls reduce(channel, rows, first, second) for all that belongs to a channel,
 * always in the same order.
 */
template <class Accumulate, class Reduce>
void sumColumns(const Matrix& matrix, size_t cost, const Accumulate& accumulate, const Reduce& reduce) {
  const size_t pieces = std::min<size_t>(threadCount(), std::max<size_t>(1, matrix.wideRows));
  std::vector<Sums> sums(pieces, Sums(matrix.width));
  Sums rest(matrix.channels);
  parallel(pieces, 1, cost, [&](size_t firstPiece, size_t lastPiece) {
    for (size_t piece = firstPiece; piece < lastPiece; piece++) {
      const size_t begin = matrix.wideRows * piece / pieces, end = matrix.wideRows * (piece + 1) / pieces;
      overBlocks(begin, end, matrix.width, [&](size_t row, size_t rows) {
        accumulate(sums[piece], row * matrix.width, rows, matrix.width);
      });
    }
  });
  overBlocks(0, matrix.rest, matrix.channels, [&](size_t row, size_t rows) {
    accumulate(rest, matrix.restAt() + row * matrix.channels, rows, matrix.channels);
  });
  sums.push_back(std::move(rest));
  for (const Sums& part : sums) {
    if (part.rows == 0) continue;
    for (size_t lane = 0; lane < part.first.size(); lane++) {
      reduce(lane % matrix.channels, part.rows, part.first[lane], part.second[lane]);
    }
  }
}

}  // namespace modulab
