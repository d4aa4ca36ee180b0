import Backprop

/// How the gradient of a convolution with respect to its weights is shared among threads: by the shape alone.
///
/// With few weights, each of up to four groups of blocks has sums of its own, which are added in order in the
/// end. With many, sums of their own for every group would fill the cache: then each of four groups of
/// output channels, in whole panels, goes through all blocks.
struct GradientGroups {
  /// The groups of blocks, each with sums of its own.
  let blockGroups: Int
  private let channelGroups: Int
  private let blocks: Int
  private let channels: Int

  /// Cuts the work into groups.
  ///
  /// - Parameters:
  ///   - blocks: how many blocks there are.
  ///   - channels: how many output channels there are.
  ///   - hasManyWeights: whether to cut the channels instead of the blocks.
  init(blocks: Int, channels: Int, hasManyWeights: Bool) {
    self.blocks = blocks
    self.channels = channels
    channelGroups = hasManyWeights ? 4 : 1
    blockGroups = hasManyWeights ? 1 : min(4, max(1, blocks))
  }

  /// The number of tasks.
  var count: Int { blockGroups * channelGroups }

  /// What a task adds up: the number of its sums, its blocks and its output channels, which may be none.
  subscript(task: Int) -> (sums: Int, blocks: Range<Int>, channels: Range<Int>) {
    let (group, channelGroup) = task.quotientAndRemainder(dividingBy: channelGroups)
    let panels = channels.dividedRoundingUp(by: MatrixProductTile.columns)
    func channel(_ group: Int) -> Int {
      min(channels, panels * group / channelGroups * MatrixProductTile.columns)
    }
    return (
      group, blocks * group / blockGroups..<blocks * (group + 1) / blockGroups,
      channel(channelGroup)..<channel(channelGroup + 1)
    )
  }
}
