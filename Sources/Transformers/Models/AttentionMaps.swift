import Attention
import Backprop
import KernelSupport

extension GPT {
  /// How much every head of a block looks at every token, for a picture.
  ///
  /// Computed anew from queries and keys: the fused kernel of chapter 6 never holds these numbers all at once.
  ///
  /// - Parameters:
  ///   - ids: the tokens of one sequence, 1 to `context` of them.
  ///   - block: the number of the block.
  /// - Returns: [heads, time, time]: rows are queries, and sum to 1.
  public func attentionWeights(_ ids: [Int], block: Int) -> Tensor {
    precondition(
      blocks.indices.contains(block), "attentionWeights: block \(block) of \(blocks.count)")
    return Variable.withoutGradients {
      let (time, heads) = (ids.count, configuration.heads)
      let width = configuration.width / heads
      let embedded = tokens.rows(at: ids) + positions.rows(at: Array(0..<time))
      var x = embedded.reshaped([1, time, configuration.width])
      for earlier in blocks[..<block] { x = earlier(x, mask: .causal) }
      let packed = blocks[block].attention.queryKeyValue(
        blocks[block].attentionNorm(x), adding: nil)
      func part(_ index: Int) -> Variable {
        packed.sliced(
          index * configuration.width..<(index + 1) * configuration.width, axis: 2
        ).reshaped([time, heads, width]).permuted([1, 0, 2])
      }
      let scores = part(0).batchedProduct(part(1), rightTransposed: true)
      return (1 / Scalar(width).squareRoot() * scores).softmax(mask: .causal).value
    }
  }
}
